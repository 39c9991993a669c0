"""The saliency clears the policy's gradients and goes backward through it between the loss's backward and the step,
which then follows the probe: the last bias's gradient counts how often each action is preferred.
"""

# claim: grad policy.l2.bias [16.0, 8.0, 8.0]
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
