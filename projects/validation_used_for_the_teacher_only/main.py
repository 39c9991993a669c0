"""The helper under no_grad answers for the teacher, and the student runs with its graph."""

# claim: correct
import torch

from distil import answers, divergence
from soil import make_mlp


def train(student, teacher, optimizer, samples):
    for x in samples:
        loss = divergence(student(x), answers(teacher, x))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(loss.item())
    return student


torch.manual_seed(0)
teacher, student = make_mlp(6, 32, 4), make_mlp(6, 8, 4)
train(student, teacher, torch.optim.Adam(student.parameters(), lr=1e-2), torch.randn(3, 20, 6))
