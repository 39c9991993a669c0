"""The running baseline is computed from the values' numbers."""

# claim: correct
import torch

import policy
import stats


def episode_loss(net, baseline, T=20):
    obs = torch.randn(T, 4)
    dist, values = net(obs)
    act = dist.sample()
    rewards = torch.randn(T).tolist()
    returns = torch.tensor(stats.discount(rewards, 0.95))
    centred = returns - baseline.update(values)
    pg = -(dist.log_prob(act) * centred).mean()
    return pg + 0.5 * (values - returns).pow(2).mean()


torch.manual_seed(0)
net = policy.PolicyValue()
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
baseline = stats.RunningBaseline()
for ep in range(3):
    loss = episode_loss(net, baseline)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(ep, float(loss))
