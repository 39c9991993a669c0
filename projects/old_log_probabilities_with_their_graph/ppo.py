from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class PPOConfig:
    workers: int = 6
    horizon: int = 5
    iterations: int = 2
    epochs: int = 3
    clip: float = 0.2
    lr: float = 3e-3


def surrogate(dist, batch, clip):
    ratio = (dist.log_prob(batch.act).sum(-1) - batch.logp).exp()
    adv = (batch.ret - batch.ret.mean()) / (batch.ret.std() + 1e-6)
    return -torch.min(ratio * adv, ratio.clamp(1 - clip, 1 + clip) * adv).mean()


def improve(policy, optimizer, batch, cfg):
    for _ in range(cfg.epochs):
        loss = surrogate(policy(batch.obs), batch, cfg.clip)
        optimizer.zero_grad()
        loss.backward()  # expect: GRD152
        optimizer.step()
    return loss.item()
