"""The base class encodes the condition with its graph."""

# claim: correct
import torch

from denoise import ConditionalDenoiser, CosineNoise


def main():
    torch.manual_seed(0)
    model, noise = ConditionalDenoiser(6), CosineNoise()
    print("trainable", model.num_parameters())
    opt = torch.optim.Adam(model.parameters(), lr=2e-3)
    for it in range(5):
        cond = torch.randn(32, 5)
        x0 = torch.randn(32, 6) + cond.sum(1, keepdim=True)
        t, eps = torch.rand(32), torch.randn(32, 6)
        pred = model(noise.corrupt(x0, t, eps), t, cond)
        loss = (pred - eps).pow(2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        print(it, loss.item())
    return model


if __name__ == "__main__":
    denoiser = main()
