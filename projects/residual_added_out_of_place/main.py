"""The block adds its branch to its input out of place."""

# claim: correct
import torch
import torch.nn.functional as F

from sonar import SonarNet

torch.manual_seed(0)
net = SonarNet(beams=8, depth=2)
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
for _ in range(2):
    echo, rock = torch.randn(9, 8), torch.randint(0, 2, (9,))
    loss = F.cross_entropy(net(echo), rock)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(loss.item())
