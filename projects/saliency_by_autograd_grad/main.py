"""The saliency comes from autograd.grad with respect to the observations alone: the policy's gradients stay as the loss
left them.
"""

# claim: correct
import torch
from torch.distributions import Categorical

import config
import policies
from diagnostics import saliency

torch.manual_seed(0)
policy = getattr(policies, config.POLICY)(config.OBS, config.ACTIONS)
opt = torch.optim.RMSprop(policy.parameters(), lr=config.LR)
for it in range(config.ITERS):
    obs = torch.randn(32, config.OBS)
    dist = Categorical(logits=policy(obs))
    act = dist.sample()
    reward = (act == obs.argmax(1) % config.ACTIONS).float()
    loss = -(dist.log_prob(act) * (reward - reward.mean())).mean()
    opt.zero_grad()
    loss.backward()
    if it % config.LOG_EVERY == 0:
        print(it, loss.item(), saliency(policy, obs).tolist())
    opt.step()
