import torch
import torch.nn.functional as F


def ctc(model, feats, labels):
    logp = model(feats)
    n = feats.size(0)
    return F.ctc_loss(logp, labels, torch.full((n,), logp.size(0)), torch.full((n,), labels.size(1)))


def forward_backward(model, optimizer, feats, labels, scale):
    """Forward and backward of one micro batch."""
    optimizer.zero_grad()  # expect: GRD175
    loss = ctc(model, feats, labels) * scale
    loss.backward()
    return loss.item()


@torch.no_grad()
def validation_loss(model, feats, labels):
    return ctc(model, feats, labels).item()
