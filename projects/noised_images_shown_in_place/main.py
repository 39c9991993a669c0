"""The preview scales the noised images in place, which the first convolution has saved: backward raises."""

# claim: raises "modified by an inplace operation"
import torch
import torch.nn.functional as F

from diffusion import *
from unet import *
from viz import *


def main(iters=4):
    torch.manual_seed(0)
    sched, net, preview = Schedule(), TinyUNet(), Preview(every=2)
    opt = torch.optim.AdamW(net.parameters(), lr=1e-3)
    data = torch.randn(iters, 8, 1, 16, 16).clamp(-1, 1)
    for x0 in data:
        t, noise = sched.draw(len(x0)), torch.randn_like(x0)
        xt = q_sample(sched, x0, t, noise)
        loss = F.mse_loss(net(xt, t), noise)
        preview.show(xt)
        opt.zero_grad(set_to_none=True)
        loss.backward()  # raises here
        opt.step()
        print(f"{loss.item():.4f}")


if __name__ == "__main__":
    main()
