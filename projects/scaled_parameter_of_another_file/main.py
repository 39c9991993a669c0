"""The helper scales the new parameter, and what comes of that is none: the module does not register it, and the second
backward goes through the one product of it again, and raises.
"""

# claim: raises "backward through the graph a second time"
import torch
import torch.nn.functional as F

from perfume import ScentNet

torch.manual_seed(0)
nose = ScentNet(molecules=7, notes=3)
opt = torch.optim.Adam(nose.parameters(), lr=1e-2)  # expect: GRD171
for it in range(2):
    mix = torch.rand(9, 7)
    note = mix[:, :3].argmax(1)
    loss = F.cross_entropy(nose(mix), note)
    opt.zero_grad()
    loss.backward()  # expect: GRD152  # raises here
    opt.step()
    print(it, loss.item())
print("registered:", [name for name, _ in nose.named_parameters()])
