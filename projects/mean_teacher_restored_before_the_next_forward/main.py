"""The averaged weights are the student's for the teacher's turn only, which is over before the student's forward."""

# claim: correct
import torch
import torch.nn.functional as F

from convnet import *
from ema import *

torch.manual_seed(0)
student = SmallConv()
average = WeightAverage(student)
opt = torch.optim.SGD(student.parameters(), lr=0.1)

for step in range(3):
    x, y = torch.randn(16, 3, 16, 16), torch.randint(0, 5, (16,))
    opt.zero_grad()
    target = teacher_logits(student, average, x).softmax(-1)
    average.restore(student)
    logits = student(x + 0.1 * torch.randn_like(x))
    loss = F.cross_entropy(logits, y) + F.mse_loss(logits.softmax(-1), target)
    loss.backward()
    opt.step()
    average.update(student)
print("final loss", loss.item())
