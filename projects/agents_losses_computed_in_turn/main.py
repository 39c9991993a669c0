"""The base class computes each loss when the step before it is done."""

# claim: correct
import torch

from agents import build_agent

CFG = {"type": "ddpg", "obs_dim": 5, "act_dim": 2, "lr": 1e-3}


def replay(n=32):
    return (
        torch.randn(n, 5),
        torch.rand(n, 2) * 2 - 1,
        torch.randn(n),
        torch.randn(n, 5),
        (torch.rand(n) < 0.1).float(),
    )


def main():
    torch.manual_seed(0)
    agent = build_agent(CFG)
    for i in range(5):
        print(i, agent.learn(replay()))
    return agent


if __name__ == "__main__":
    agent = main()
