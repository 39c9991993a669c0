import torch.nn.functional as F

from augment import add_noise, time_dropout


def train_one_epoch(net, loader, opt, cfg):
    net.train()
    total = 0.0
    for clean in loader:
        mix = add_noise(clean)
        mask = net(mix)
        mask = time_dropout(mask, cfg.mask_width)
        est = mask * mix
        loss = F.mse_loss(est, clean)
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.item()
    return total / len(loader)
