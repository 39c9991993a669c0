"""The fake is detached for the critic, and the vocoder's own forward goes through the frozen critic after its step."""

# claim: correct
import os, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "src"))
import torch
import specgan

torch.manual_seed(0)
voc, dis = specgan.Vocoder(), specgan.Critic()
ov, od = (torch.optim.AdamW(m.parameters(), 2e-3, betas=(0.8, 0.99)) for m in (voc, dis))
for it in range(4):
    mel, wav = torch.randn(4, 10, 16), torch.randn(4, 1, 64).clamp(-1, 1)
    fake = voc(mel)
    d = specgan.critic_step(dis, od, wav, fake)
    g = specgan.vocoder_step(dis, ov, wav, fake)
    print(it, f"D {d:.3f} G {g:.3f}")
