import torch


def epoch(net, opt, winds, train):
    net.train(train)
    total = 0.0
    for wind in winds:
        with torch.set_grad_enabled(train):
            loss = (net(wind) - wind.norm(dim=1, keepdim=True)).abs().mean()
        if train:
            opt.zero_grad()
            loss.backward()
            opt.step()
        total += loss.item()
    return total / len(winds)
