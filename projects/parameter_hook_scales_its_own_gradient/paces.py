from functools import partial


def slower(grad, share):
    return grad.mul(share)


def paced(net, shares):
    for name, p in net.named_parameters():
        p.register_hook(partial(slower, share=shares[name.split(".")[0]]))
    return net
