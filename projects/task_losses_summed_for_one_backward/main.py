"""The losses of all tasks are summed, and go backward once."""

# claim: correct
import torch

from engine import train_one_epoch
from zoo import MODELS

CFG = dict(
    model=dict(name="SceneNet", tasks=dict(seg=5, depth=1, normal=3)),
    weights=dict(seg=1.0, depth=0.5, normal=0.5),
    epochs=2,
)


def batches(k):
    for _ in range(k):
        yield (
            torch.randn(3, 3, 10, 10),
            {
                "seg": torch.randint(0, 5, (3, 10, 10)),
                "depth": torch.randn(3, 1, 10, 10),
                "normal": torch.randn(3, 3, 10, 10),
            },
        )


torch.manual_seed(0)
net = MODELS.build(CFG["model"])
opt = torch.optim.Adam(net.parameters(), 1e-3)
for e in range(CFG["epochs"]):
    print(train_one_epoch(net, batches(2), opt, CFG["weights"], grad_clip=5.0))
