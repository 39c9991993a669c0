import torch

a = torch.tensor([1.0, 2.0], requires_grad=True)
loss = (a + 1).sum()
loss.backward()
loss.backward()  # add and sum saved nothing, so nothing was freed
print(a.grad)
