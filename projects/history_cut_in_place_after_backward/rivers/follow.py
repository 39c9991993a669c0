from .history import cut


def follow(net, rains, opt):
    wet = net.start(rains.size(1))
    for rain in rains:
        level, wet = net(rain, wet)
        loss = (level - rain.cumsum(0)).pow(2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        wet = cut(wet)
        print(loss.item())
