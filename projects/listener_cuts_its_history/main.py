"""The listener's state is cut by a recursive helper after each chunk's step."""

# claim: correct
import torch
import torch.nn.functional as F


def chunks(x, y, size):
    for a in range(0, x.size(1), size):
        yield x[:, a : a + size], y[:, a : a + size]


def train(net, opt, utterances, size=10):
    from state_utils import Meter

    meter = Meter()
    for x, y in utterances:
        net.start()
        for cx, cy in chunks(x, y, size):
            loss = F.cross_entropy(net(cx).transpose(1, 2), cy)
            opt.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            opt.step()
            net.cut_history()
            meter.add(loss)
    return meter.mean


if __name__ == "__main__":
    from listener import StreamingListener

    torch.manual_seed(0)
    net = StreamingListener()
    opt = torch.optim.Adam(net.parameters(), 3e-3)
    data = [(torch.randn(4, 40, 12), torch.randint(0, 8, (4, 40))) for _ in range(2)]
    for e in range(2):
        print(e, train(net, opt, data))
