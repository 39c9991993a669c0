import torch

a = torch.tensor([1.0, 2.0], requires_grad=True)
out = a.exp()
out.data.clamp_(max=1.0)
out.sum().backward()
print("computed:", a.grad)
print("right:   ", a.detach().exp())
