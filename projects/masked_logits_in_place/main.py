"""The mask is filled in place into the output of a linear layer, which no backward needs."""

# claim: correct
import torch
from torch.distributions import Categorical

import actor_critic
import masking

torch.manual_seed(0)
net = actor_critic.ActorCritic()
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
for game in range(2):
    board = torch.randn(20, 9).sign()
    allowed = masking.random_allowed(20, 9)
    logits, v = net(board)
    dist = Categorical(logits=masking.forbid(logits, allowed))
    move = dist.sample()
    outcome = torch.randn(20).sign()
    adv = outcome - v.detach()
    loss = -(dist.log_prob(move) * adv).mean() + (v - outcome).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(game, loss.item())
