import torch

a = torch.tensor([1.0, 2.0, 3.0])
view = a[0:2]
copy = a.clone()
a.mul_(10.0)

print(view)
print(copy)
