import torch.nn.functional as F


def harden(network, loader, optimizer, attack):
    for trace, bad in loader:
        optimizer.zero_grad()
        worst = attack(network, trace, bad)
        loss = F.binary_cross_entropy_with_logits(network(worst), bad)
        loss.backward()
        optimizer.step()  # todo-expect: GRD174
        print(loss.item())
