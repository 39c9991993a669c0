import torch

a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
out = a.sigmoid()
d = out.detach()
d.zero_()

print(out._version, d._version)
try:
    out.sum().backward()
except RuntimeError as error:
    print(str(error).split(";")[0])
