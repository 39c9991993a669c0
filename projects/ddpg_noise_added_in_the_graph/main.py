"""The explorer adds its noise and clamps in the graph, and the actor's own action stays as tanh saved it."""

# claim: correct
import torch

import exploration
import networks


def policy_update(actor, critic, opt, obs, explorer):
    # smoothed deterministic policy gradient: Q is read in a noisy neighbourhood
    act = actor(obs)
    act = explorer.perturb(act)
    objective = -critic(obs, act).mean()
    opt.zero_grad()
    objective.backward()
    opt.step()
    return objective.item()


if __name__ == "__main__":
    torch.manual_seed(0)
    pi = networks.Actor(6, 2)
    q = networks.Critic(6, 2)
    pi_opt = torch.optim.Adam(pi.parameters(), lr=1e-3)
    noise = exploration.GaussianExplorer()
    for it in range(3):
        s = torch.randn(32, 6)
        j = policy_update(pi, q, pi_opt, s, noise)
    print(f"last objective {j:.4f}")
