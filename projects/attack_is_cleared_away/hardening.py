import torch.nn.functional as F


def harden(network, loader, optimizer, attack):
    for trace, bad in loader:
        worst = attack(network, trace, bad)
        optimizer.zero_grad()
        loss = F.binary_cross_entropy_with_logits(network(worst), bad)
        loss.backward()
        optimizer.step()
        print(loss.item())
