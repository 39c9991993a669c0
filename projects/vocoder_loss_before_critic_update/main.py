"""The generator's loss is computed through the critic, whose step then moves the weights that this loss has saved: its
backward raises.
"""

# claim: raises "modified by an inplace operation"
import torch

from engine import train_batch
from vocoder import Critic, Generator


def main():
    torch.manual_seed(0)
    gen, critic = Generator(), Critic()
    opt_g = torch.optim.AdamW(gen.parameters(), 2e-4, betas=(0.8, 0.99))
    opt_c = torch.optim.AdamW(critic.parameters(), 2e-4, betas=(0.8, 0.99))
    for step in range(3):
        mel, wav = torch.randn(4, 10, 16), torch.randn(4, 1, 64).tanh()
        g, c = train_batch(gen, critic, opt_g, opt_c, mel, wav)  # raises here
        print(step, g, c)


if __name__ == "__main__":
    main()
