import torch

w = torch.ones(2, requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.1, momentum=0.9)
w.sum().backward()
optimizer.step()

optimizer.zero_grad()
print(w.grad)
before = w.detach().clone()
optimizer.step()  # no gradient: w is left alone
print(torch.equal(w, before))

optimizer.zero_grad(set_to_none=False)
w.grad = torch.zeros(2)
optimizer.step()  # a gradient of zeros: the momentum moves w all the same
print(torch.equal(w, before))
