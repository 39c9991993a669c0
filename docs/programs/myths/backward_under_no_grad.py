import torch

a = torch.tensor([1.0, 2.0], requires_grad=True)
loss = a.square().sum()
with torch.no_grad():
    loss.backward()
print(a.grad)
