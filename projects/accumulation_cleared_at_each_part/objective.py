import torch.nn.functional as F


def micro_loss(model, opt, src, tgt, parts):
    opt.zero_grad()  # expect: GRD175
    logits = model(src, tgt[:, :-1])
    return F.cross_entropy(logits.transpose(1, 2), tgt[:, 1:]) / parts
