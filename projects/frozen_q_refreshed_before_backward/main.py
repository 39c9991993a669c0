"""The weights that are loaded before backward go into the frozen network, which no graph has saved."""

# claim: correct
import torch

import agents


def memory(n=32):
    return (
        torch.randn(n, 6),
        torch.randint(0, 3, (n,)),
        torch.randn(n),
        torch.randn(n, 6),
        (torch.rand(n) < 0.1).float(),
    )


def main():
    torch.manual_seed(0)
    agent = agents.make("ddqn", obs=6, actions=3)
    for i in range(6):
        print(i, agent.learn(*memory()))
    return agent


agent = main()
