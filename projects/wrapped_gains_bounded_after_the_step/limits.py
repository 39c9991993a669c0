def bound_gains(net, top):
    net.gain.data.clamp_(-top, top)
