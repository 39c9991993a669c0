import torch

w = torch.tensor([2.0], requires_grad=True)
b = torch.tensor([1.0], requires_grad=True)
loss = (w * 3 + b).sum()
w.requires_grad_(False)  # meant for the next round
loss.backward()
print(w.grad, b.grad)
