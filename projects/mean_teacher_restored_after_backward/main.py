"""The student holds the averaged weights, put there through .data for the teacher's turn, until after backward, which
goes through a forward made with other weights: the gradient is silently wrong.
"""

# claim: wrong-gradient student.c2.weight, student.c1.weight
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
    logits = student(x + 0.1 * torch.randn_like(x))
    target = teacher_logits(student, average, x).softmax(-1)
    loss = F.cross_entropy(logits, y) + F.mse_loss(logits.softmax(-1), target)
    loss.backward()
    average.restore(student)
    opt.step()
    average.update(student)
print("final loss", loss.item())
