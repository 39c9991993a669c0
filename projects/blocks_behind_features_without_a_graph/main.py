"""The classifier goes through the base class's features(), which run under no_grad: embedding and blocks, which the
optimizer steps, never get a gradient.
"""

# claim: none-grad net.blocks.0.ff.0.weight, net.tok.weight, net.pos
import torch
import torch.nn.functional as F

import nets.transformer as tf


def main():
    torch.manual_seed(0)
    net = tf.Classifier(vocab=50, classes=4)
    print("trainable parameters:", net.num_params())
    opt = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=0.0)
    sched = torch.optim.lr_scheduler.LambdaLR(opt, lambda s: min(1.0, (s + 1) / 3))
    for step in range(5):
        ids = torch.randint(0, 50, (8, 20))
        label = ids[:, 0] % 4
        loss = F.cross_entropy(net(ids), label)
        opt.zero_grad()
        loss.backward()
        opt.step()
        sched.step()
        print(step, loss.item())
    print(net.probs(ids).argmax(-1))
    return net


net = main()
