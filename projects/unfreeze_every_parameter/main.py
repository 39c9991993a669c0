"""The features are frozen for the first phase and every one of their parameters is thawed for the second, before its
forward.
"""

# claim: correct
import torch

from config import Settings
from phases import phases
from vision_model import Recognizer

torch.manual_seed(0)
s = Settings()
model = Recognizer(s)
opt = torch.optim.SGD(model.parameters(), lr=s.lr)
lossf = torch.nn.CrossEntropyLoss()
for phase, e in phases(model, s):
    for _ in range(3):
        x, y = torch.randn(8, 3, 10, 10), torch.randint(0, s.classes, (8,))
        loss = lossf(model(x), y)
        opt.zero_grad(set_to_none=True)
        loss.backward()
        opt.step()
    print(phase, e, loss.item())
