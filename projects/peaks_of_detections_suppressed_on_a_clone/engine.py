import postprocess as pp


def focal(p, gt, gamma=2.0, eps=1e-6):
    pos = -(gt * (1 - p).pow(gamma) * (p + eps).log()).sum()
    neg = -((1 - gt) * p.pow(gamma) * (1 - p + eps).log()).sum()
    return (pos + neg) / gt.sum().clamp(min=1)


def train_one_epoch(model, loader, opt, lam=0.1):
    found, pics = [], []
    for img, gt, wh in loader:
        heat, size = model(img)
        loss = focal(heat, gt) + lam * (size.log() - wh.log()).abs().mean()
        found.append((pp.peaks(heat)[0] > 0).sum().item())
        pics.append(pp.picture(heat))
        opt.zero_grad()
        loss.backward()
        opt.step()
    return loss.item(), found
