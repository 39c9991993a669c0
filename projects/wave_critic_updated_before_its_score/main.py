"""The critic is stepped and clipped before it scores the waves for the generator, and learns from a detached fake."""

# claim: correct
import torch

import engine
import nets.critic as critics
import nets.gen as gens


def main():
    torch.manual_seed(0)
    gen, critic = gens.WaveGen(), critics.WaveCritic()
    opt_g = torch.optim.RMSprop(gen.parameters(), lr=1e-3)
    opt_c = torch.optim.RMSprop(critic.parameters(), lr=1e-3)
    for it in range(5):
        wave = torch.randn(8, 1, 32).tanh()
        print(it, *engine.train_batch(gen, critic, opt_g, opt_c, torch.randn(8, 8), wave))
    return gen, critic


if __name__ == "__main__":
    gen, critic = main()
