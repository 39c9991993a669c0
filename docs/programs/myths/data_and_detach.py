import torch

a = torch.tensor([1.0, 2.0], requires_grad=True)
out = a * 3
d, x = out.detach(), out.data
print(d.requires_grad, x.requires_grad, d.data_ptr() == x.data_ptr() == out.data_ptr())
d.add_(1)
print("after a write through detach():", out._version)
x.add_(1)
print("after a write through .data:   ", out._version)
