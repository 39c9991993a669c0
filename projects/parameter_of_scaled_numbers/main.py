"""The helper scales the numbers, and makes the parameter of them: the module registers it."""

# claim: correct
# claim: prints "registered: ['affinity', 'read.weight', 'read.bias']"
import torch
import torch.nn.functional as F

from perfume import ScentNet

torch.manual_seed(0)
nose = ScentNet(molecules=7, notes=3)
opt = torch.optim.Adam(nose.parameters(), lr=1e-2)
for it in range(2):
    mix = torch.rand(9, 7)
    note = mix[:, :3].argmax(1)
    loss = F.cross_entropy(nose(mix), note)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(it, loss.item())
print("registered:", [name for name, _ in nose.named_parameters()])
