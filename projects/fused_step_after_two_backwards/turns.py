import torch.nn.functional as F


def ahead_loss(scores, tokens):
    return F.cross_entropy(scores[:, :-1].flatten(0, 1), tokens[:, 1:].flatten())


def back_loss(scores, tokens):
    return F.cross_entropy(scores[:, 1:].flatten(0, 1), tokens[:, :-1].flatten())


def both_turns(tagger, steppers, tokens):
    ahead, _ = tagger(tokens)
    _, back = tagger(tokens)
    first, second = steppers
    tagger.zero_grad()
    ahead_loss(ahead, tokens).backward()
    back_loss(back, tokens).backward()
    first.step()
    second.step()
    return float(back.detach().std())
