from typing import NamedTuple

import torch


class Rollout(NamedTuple):
    obs: torch.Tensor
    act: torch.Tensor
    logp: torch.Tensor
    ret: torch.Tensor


@torch.no_grad()
def collect(policy, world, horizon, gamma=0.95):
    obs, act, logp, rew = [], [], [], []
    seen = world.state
    for _ in range(horizon):
        dist = policy(seen)
        torque = dist.sample()
        obs.append(seen)
        act.append(torque)
        logp.append(dist.log_prob(torque).sum(-1))
        seen, r = world.advance(torque)
        rew.append(r)
    acc, ret = torch.zeros_like(rew[0]), []
    for r in reversed(rew):
        acc = r + gamma * acc
        ret.insert(0, acc)
    return Rollout(torch.cat(obs), torch.cat(act), torch.cat(logp), torch.cat(ret))
