import torch
import torch.nn.functional as F

from augment import band_dropout, gain, stats


def train_one_epoch(net, loader, opt, cfg):
    net.train()
    for spec in loader:
        spec = gain(spec)
        code = net.encode(spec)
        out = net.decode(band_dropout(code, cfg.band))
        loss = F.mse_loss(out, spec)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return loss.item(), stats(code)


@torch.no_grad()
def validate(net, loader):
    net.eval()
    return sum(F.mse_loss(net.decode(net.encode(s)), s).item() for s in loader) / len(loader)
