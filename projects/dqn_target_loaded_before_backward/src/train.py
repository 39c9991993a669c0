import torch.nn.functional as F


def td_step(online, target, opt, batch):
    s, a, r, s2, done = batch
    q = online(s).gather(1, a.unsqueeze(1)).squeeze(1)
    loss = F.smooth_l1_loss(q, target.values(r, s2, done))
    target.tick()
    opt.zero_grad()
    loss.backward()
    opt.step()
    return loss.item()
