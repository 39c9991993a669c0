"""The queue keeps the keys with their graph, so the next loss goes backward into a graph that is freed: it raises."""

# claim: raises "backward through the graph a second time"
import torch

from ssl_lib import FeatureQueue, build_encoder, pretrain


def make_pairs(n, batch, dim):
    for _ in range(n):
        x = torch.randn(batch, dim)
        yield x + 0.1 * torch.randn_like(x), x + 0.1 * torch.randn_like(x)


if __name__ == "__main__":
    torch.manual_seed(0)
    encoder = build_encoder(24)
    queue = FeatureQueue(64, 16)
    opt = torch.optim.SGD(encoder.parameters(), lr=0.1, weight_decay=1e-4)
    for i, loss in enumerate(pretrain(encoder, queue, make_pairs(4, 16, 24), opt)):  # raises here
        print(i, loss)
