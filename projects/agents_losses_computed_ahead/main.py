"""The base class goes backward through the actor's loss after the critic's step, which has moved the weights that this
loss has saved: it raises.
"""

# claim: raises "modified by an inplace operation"
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
        print(i, agent.learn(replay()))  # raises here


if __name__ == "__main__":
    main()
