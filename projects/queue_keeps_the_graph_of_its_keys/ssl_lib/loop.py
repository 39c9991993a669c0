import torch
import torch.nn.functional as F


def nce(q, k, queue, tau=0.2):
    pos = (q * k).sum(1, keepdim=True)
    logits = torch.cat([pos, queue.logits(q)], dim=1) / tau
    return F.cross_entropy(logits, torch.zeros(len(q), dtype=torch.long))


def pretrain(encoder, queue, pairs, optimizer):
    for view_a, view_b in pairs:
        q, k = encoder(view_a), encoder(view_b)
        loss = nce(q, k, queue)
        optimizer.zero_grad()
        loss.backward()  # expect: GRD152
        optimizer.step()
        queue.push(k)
        yield loss.item()
