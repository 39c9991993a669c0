import warnings

import torch

w = torch.ones(2, requires_grad=True).double()
w.square().sum().backward()
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    print(w.is_leaf, w.grad)
