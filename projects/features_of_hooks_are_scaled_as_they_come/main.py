"""The hook scales the features in place as they come from tanh, which has saved them: backward raises."""

# claim: raises "modified by an inplace operation"
import torch

from hints.hooks import Tap
from hints.nets import convnet

torch.manual_seed(0)
teacher, student = convnet(8), convnet(4)
hint, shown = Tap(teacher[1]), Tap(student[1])
fit = torch.nn.Conv2d(4, 8, 1)
opt = torch.optim.Adam([*student.parameters(), *fit.parameters()], lr=1e-2)
for _ in range(3):
    x = torch.randn(4, 1, 8, 8)
    with torch.no_grad():
        goal = teacher(x).softmax(-1)
    out = student(x)
    loss = torch.nn.functional.cross_entropy(out, goal) + (fit(shown.seen) - hint.seen).pow(2).mean()
    opt.zero_grad()
    loss.backward()  # raises here
    opt.step()
    print(loss.item(), shown.mean(), hint.mean())
