import torch

a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
out = a.sigmoid()
d = out.detach()
x = out.data
x.zero_()

print(out._version, d._version, x._version)
out.sum().backward()
print(a.grad)
