"""The closure clamps the critic's weights through .data between forward and backward: the gradients are silently wrong."""

# claim: wrong-gradient critic.0.weight, critic.2.weight
import torch

import engine
import nets
from config import WGANConfig


def ring(n=64):
    a = torch.rand(n) * 6.2832
    return torch.stack([a.cos(), a.sin()], 1) + 0.05 * torch.randn(n, 2)


cfg = WGANConfig()
torch.manual_seed(0)
gen, critic = nets.build_pair(cfg)
opt_c = torch.optim.RMSprop(critic.parameters(), lr=cfg.lr)
opt_g = torch.optim.RMSprop(gen.parameters(), lr=cfg.lr)
clip = nets.make_clipper(cfg.clip)
for r in range(cfg.rounds):
    w = engine.critic_round(critic, gen, opt_c, ring, cfg, clip)
    g = engine.generator_round(critic, gen, opt_g, cfg)
    print(f"round {r}: W={w:.4f} G={g:.4f}")
