"""The truncation interpolates out of place, and the synthesis network's w stays as it was saved."""

# claim: correct
import torch
import torch.nn.functional as F

from stylegan import Critic, LatentAverage, MappingNet, SynthesisNet


def main():
    torch.manual_seed(0)
    mapping, synth, critic = MappingNet(16, 16), SynthesisNet(16), Critic()
    w_avg = LatentAverage(16)
    g_params = list(mapping.parameters()) + list(synth.parameters())
    g_opt = torch.optim.Adam(g_params, lr=2e-3, betas=(0.0, 0.99))

    for it in range(2):
        w = mapping(torch.randn(8, 16))
        img = synth(w)
        truncated = w_avg.observe(w)
        g_loss = F.softplus(-critic(img)).mean()
        g_opt.zero_grad()
        g_loss.backward()
        g_opt.step()
        print(it, g_loss.item(), truncated.std().item())
    return synth


synth = main()
