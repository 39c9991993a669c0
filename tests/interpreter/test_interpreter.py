"""What the interpreter makes of small programs, each put to PyTorch as well.

A program's comments say what is expected of the linter: `# expect: CODE` on the line, and nothing elsewhere.
Its claim says what PyTorch does: `right`, `wrong` (a gradient differs from that of a run with private copies
of what was saved), `lost` (it differs from that of a run without `detach_()`), or the key words of an error.
"""

import re
from pathlib import Path

import pytest
import torch

from flake8_gradsafe.engine import check
from flake8_gradsafe.runtime.run import Namespace, Outcome, run_cloning, run_plainly, run_without_detaching_in_place

HEAD = """\
import numpy as np
import torch
from torch import nn
import torch.nn.functional as F
a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
b = torch.tensor([3.0, 2.0, 1.0], requires_grad=True)
"""
MODIFIED = "modified by an inplace operation"
NO_GRAD = "does not require grad"
LEAF = "leaf Variable that requires grad"

#: Without the common head: how torch comes in.
IMPORTS = """
#: import torch | wrong
import torch
a = torch.tensor([1.0, 2.0], requires_grad=True)
out = torch.sigmoid(a)
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: import torch as | wrong
import torch as th
a = th.tensor([1.0, 2.0], requires_grad=True)
out = th.sigmoid(a)
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: from torch import functions | wrong
from torch import sigmoid, tensor
a = tensor([1.0], requires_grad=True)
out = sigmoid(a)
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: from torch import function as | wrong
import torch
from torch import sigmoid as squash
a = torch.tensor([1.0, 2.0], requires_grad=True)
out = squash(a)
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: from torch import star | wrong
from torch import *
a = tensor([1.0, 2.0], requires_grad=True)
out = sigmoid(a)
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: from torch import nn | wrong
import torch
from torch import nn
a = torch.tensor([1.0, 2.0], requires_grad=True)
out = nn.Sigmoid()(a)
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: import torch.nn as nn | wrong
import torch
import torch.nn as nn
a = torch.tensor([1.0, 2.0], requires_grad=True)
out = nn.functional.sigmoid(a)
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: import torch.nn.functional as F | wrong
import torch, torch.nn.functional as F
a = torch.tensor([1.0, 2.0], requires_grad=True)
out = F.sigmoid(a)
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: import torch.nn.functional as Fn | wrong
import torch
import torch.nn.functional as Fn
a = torch.tensor([1.0, 2.0], requires_grad=True)
out = Fn.sigmoid(a)
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: import torch.nn.functional | wrong
import torch.nn.functional
a = torch.tensor([1.0, 2.0], requires_grad=True)
out = torch.nn.functional.sigmoid(a)
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: from torch.nn import functional | wrong
import torch
from torch.nn import functional
a = torch.tensor([1.0, 2.0], requires_grad=True)
out = functional.sigmoid(a)
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: from torch.nn import functional as | wrong
import torch
from torch.nn import functional as F
a = torch.tensor([1.0, 2.0], requires_grad=True)
out = F.sigmoid(a)
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: from torch.nn.functional import | wrong
import torch
from torch.nn.functional import sigmoid
a = torch.tensor([1.0, 2.0], requires_grad=True)
out = sigmoid(a)
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: from torch.nn import star | wrong
import torch
from torch.nn import *
a = torch.tensor([1.0, 2.0], requires_grad=True)
out = Sigmoid()(a)
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: from torch import Tensor | wrong
import torch
from torch import Tensor
a = torch.tensor([1.0, 2.0], requires_grad=True)
out = Tensor.sigmoid(a)
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: parenthesised import | wrong
from torch import (
    sigmoid,
    tensor,
)
a = tensor([1.0], requires_grad=True)
out = sigmoid(a)
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: from torch import no_grad | does not require grad
import torch
from torch import no_grad
a = torch.tensor([1.0, 2.0], requires_grad=True)
with no_grad():
    loss = a.exp().sum()
loss.backward()  # expect: GRD151

#: import torch.nn.init as init | wrong
import torch
import torch.nn.init as init
a = torch.tensor([1.0, 2.0], requires_grad=True)
out = a.sigmoid()
init.zeros_(out.data)  # expect: GRD111
out.sum().backward()

#: from torch.nn import init | wrong
import torch
from torch.nn import init
a = torch.tensor([1.0, 2.0], requires_grad=True)
out = a.sigmoid()
init.constant_(out.data, 2.0)  # expect: GRD111
out.sum().backward()

#: from torch.nn.init import | wrong
import torch
from torch.nn.init import zeros_
a = torch.tensor([1.0, 2.0], requires_grad=True)
out = a.sigmoid()
zeros_(out.data)  # expect: GRD111
out.sum().backward()

#: from torch.autograd import grad | does not require grad
import torch
from torch.autograd import grad
a = torch.tensor([1.0, 2.0], requires_grad=True)
g = grad(a.detach().sum(), a)  # expect: GRD122

#: import torch.autograd as | does not require grad
import torch
import torch.autograd as ag
a = torch.tensor([1.0, 2.0], requires_grad=True)
g = ag.grad(a.detach().sum(), a)  # expect: GRD122

#: from torch import autograd | does not require grad
import torch
from torch import autograd
a = torch.tensor([1.0, 2.0], requires_grad=True)
autograd.backward(a.detach().sum())  # expect: GRD122

#: from torch.autograd import Variable | leaf Variable that requires grad
import torch
from torch.autograd import Variable
a = Variable(torch.ones(2), requires_grad=True)
a.add_(1)  # expect: GRD142

#: from torch.nn.parameter import Parameter | leaf Variable that requires grad
import torch
from torch.nn.parameter import Parameter
w = Parameter(torch.ones(2))
w.mul_(2)  # expect: GRD142

#: import inside a function | wrong
def step():
    import torch
    from torch.nn import functional as F
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    out = F.sigmoid(a)
    out.data.zero_()  # expect: GRD111
    out.sum().backward()
    return a
a = step()

#: import beside a function's own | wrong
import torch
def step():
    import torch.nn.functional as functional
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    out = functional.sigmoid(a)
    out.data.zero_()  # expect: GRD111
    out.sum().backward()
    return a
a = step()

#: import in a try | wrong
try:
    import torch
except ImportError:
    torch = None
a = torch.tensor([1.0, 2.0], requires_grad=True)
out = a.sigmoid()
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: import that gives up | wrong
try:
    import torch
except ImportError:
    raise SystemExit
a = torch.tensor([1.0, 2.0], requires_grad=True)
out = a.sigmoid()
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: import for the type checker | wrong
from typing import TYPE_CHECKING
import torch
if TYPE_CHECKING:
    from torch import Tensor
a = torch.tensor([1.0, 2.0], requires_grad=True)
out = a.sigmoid()
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: import below the function that uses it | wrong
def step():
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    out = a.sigmoid()
    out.data.zero_()  # expect: GRD111
    out.sum().backward()
    return a
import torch
a = step()

#: import of numpy | wrong
import numpy, torch
a = torch.tensor([1.0, 2.0], requires_grad=True)
out = a.sigmoid()
array = numpy.asarray(out.detach())
array[:] = 5  # expect: GRD112
out.sum().backward()

#: from numpy import | wrong
from numpy import asarray
import torch
a = torch.tensor([1.0, 2.0], requires_grad=True)
out = a.sigmoid()
asarray(out.detach())[:] = 5  # expect: GRD112
out.sum().backward()

#: name of torch bound again | right
import torch
from torch import sigmoid
def sigmoid(x):
    return x + 1
a = torch.tensor([1.0, 2.0], requires_grad=True)
out = sigmoid(a)
out.detach().zero_()
out.sum().backward()
"""

BINDINGS = """
#: tuple | wrong
out, other = a.sigmoid(), 1
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: tuple of the second | wrong
other, out = 1, a.sigmoid()
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: list target | wrong
[out, other] = [a.sigmoid(), 1]
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: nested | wrong
(one, (out, two)) = 1, (a.sigmoid(), 2)
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: one | wrong
(out,) = (a.sigmoid(),)
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: star before | right
*rest, out = 1, 2, a + 1
out.data.zero_()  # expect: GRD911
out.sum().backward()

#: star of one tensor | right
first, *rest = a + 1, 2, 3
first.sum().backward()

#: swapped | wrong
out, other = a + 1, a.sigmoid()
out, other = other, out
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: swapped back | right
one, two = a + 1, a.sigmoid()
one, two = two, one
two.data.zero_()  # expect: GRD911
two.sum().backward()

#: list item | wrong
outs = [a + 1, a.sigmoid()]
out = outs[1]
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: list item from behind | wrong
outs = [a + 1, a.sigmoid()]
outs[-1].data.zero_()  # expect: GRD111
outs[1].sum().backward()

#: items of a slice | wrong
outs = [a + 1, a.sigmoid(), a * 2]
_, out = outs[0:2]
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: names of outputs | modified by an inplace operation
top = a.topk(2)
top.values.sum()
indices = top.indices
indices.zero_()  # expect: GRD141
top.values.sum().backward()

#: outputs unpacked | right
values, indices = a.sort()
values.detach().zero_()
values.sum().backward()

#: pieces unpacked | wrong
left, mid, right = a.sigmoid().unbind()
mid.data.zero_()  # expect: GRD111
(left + mid + right).backward()

#: pieces by index | wrong
parts = a.sigmoid().unbind()
parts[1].data.zero_()  # expect: GRD111
parts[1].backward()

#: walrus | wrong
if (out := a.sigmoid()) is not None:
    out.data.zero_()  # expect: GRD111
out.sum().backward()

#: walrus in an argument | wrong
loss = torch.sum(out := a.sigmoid())
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: chained | wrong
out = alias = a.sigmoid()
alias.data.zero_()  # expect: GRD111
out.sum().backward()

#: alias bound before | wrong
out = a.sigmoid()
alias = out
alias.data.zero_()  # expect: GRD111
out.sum().backward()

#: name bound again | right
out = a.sigmoid()
c = out
c = torch.zeros(3)
c.data.fill_(1)  # expect: GRD911
out.sum().backward()

#: name deleted | wrong
out = a.sigmoid()
handle = out.data
loss = out.sum()
del out
handle.zero_()  # expect: GRD111
loss.backward()

#: annotated | wrong
out: torch.Tensor = a.sigmoid()
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: declared first | wrong
out: torch.Tensor
out = a.sigmoid()
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: handle in a tuple | wrong
out = a.sigmoid()
handles = (out.data, 1)
handles[0].zero_()  # expect: GRD111
out.sum().backward()

#: attribute of an object | wrong
class Box: pass
box = Box()
box.out = a.sigmoid()
box.out.data.zero_()  # expect: GRD111
box.out.sum().backward()

#: attribute of self | wrong
class Model(nn.Module):
    def forward(self):
        self.out = a.sigmoid()
        return self.out
    def step(self):
        x = torch.ones(2, requires_grad=True)
        self.hidden = x.sigmoid()
        self.hidden.data.zero_()  # expect: GRD111
        self.hidden.sum().backward()
        return x
x = Model().step()

#: attribute of a tensor | wrong
out = a.sigmoid()
out.kept = out.data
out.kept.zero_()  # expect: GRD111
out.sum().backward()

#: data of data | wrong
out = a.sigmoid()
out.data.data.zero_()  # expect: GRD111
out.sum().backward()

#: detach of data | wrong
out = a.sigmoid()
out.data.detach().zero_()  # expect: GRD111
out.sum().backward()

#: getattr | wrong
out = a.sigmoid()
getattr(out, 'data').zero_()  # expect: GRD111
out.sum().backward()
"""

CALLS = """
#: function of torch | modified by an inplace operation
out = torch.sigmoid(a)
out.mul_(2)  # expect: GRD141
out.sum().backward()

#: function of Tensor | modified by an inplace operation
out = torch.Tensor.sigmoid(a)
torch.Tensor.mul_(out, 2)  # expect: GRD141
out.sum().backward()

#: in-place function of torch | modified by an inplace operation
out = torch.sigmoid(a)
torch.relu_(out)  # expect: GRD141
out.sum().backward()

#: keywords | modified by an inplace operation
out = torch.softmax(input=a, dim=0)
out.masked_fill_(mask=out > 0.5, value=0.0)  # expect: GRD141
out.sum().backward()

#: starred arguments | modified by an inplace operation
pair = (a, b)
out = torch.mul(*pair)
loss = (out**2).sum()
out.add_(1)  # expect: GRD141
loss.backward()

#: out | wrong
out = a.sigmoid()
torch.add(torch.ones(3), 1, out=out.data)  # expect: GRD111
out.sum().backward()

#: out of detached | modified by an inplace operation
out = a.sigmoid()
torch.add(torch.ones(3), 1, out=out.detach())  # expect: GRD121
out.sum().backward()

#: inplace=True of a function | modified by an inplace operation
out = a.sigmoid()
F.relu(out, inplace=True)  # expect: GRD141
out.sum().backward()

#: inplace=False | right
out = a.sigmoid()
F.relu(out, inplace=False)
out.sum().backward()

#: inplace=True of a module | modified by an inplace operation
out = a.sigmoid()
nn.ReLU(inplace=True)(out)  # expect: GRD141
out.sum().backward()

#: module kept | wrong
act = nn.Sigmoid()
out = act(a)
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: module's forward | wrong
act = nn.Sigmoid()
out = act.forward(a)
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: module by keyword | wrong
act = nn.Sigmoid()
out = act(input=a)
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: init of a parameter | right
w = nn.Parameter(torch.ones(3))
nn.init.normal_(w)
(w * a).sum().backward()

#: init of what was saved | modified by an inplace operation
out = a.sigmoid()
nn.init.normal_(out)  # expect: GRD141
out.sum().backward()

#: init of data | wrong
w = nn.Parameter(torch.ones(3))
loss = (w * a).sum()
nn.init.zeros_(w.data)  # expect: GRD111
loss.backward()

#: chain over lines | modified by an inplace operation
out = (
    a
    .mul(2)
    .sigmoid()
)
(
    out
    .detach()
    .add_(1)  # expect: GRD121
    .sum()
)
out.sum().backward()

#: write inside an expression | modified by an inplace operation
out = a.sigmoid()
print(out.mul_(2).sum())  # expect: GRD141
out.sum().backward()

#: write inside an f-string | modified by an inplace operation
out = a.sigmoid()
print(f'{out.mul_(2).sum()}')  # expect: GRD141
out.sum().backward()

#: write in a condition | modified by an inplace operation
out = a.sigmoid()
if out.mul_(2).sum() > 1:  # expect: GRD141
    pass
out.sum().backward()

#: write in an assertion | modified by an inplace operation
out = a.sigmoid()
assert out.mul_(2).sum() > 0  # expect: GRD141
out.sum().backward()

#: write in a default | modified by an inplace operation
out = a.sigmoid()
size = len(out.mul_(2))  # expect: GRD141
out.sum().backward()

#: bound method | modified by an inplace operation
out = a.sigmoid()
scale = out.mul_
scale(2)  # expect: GRD141
out.sum().backward()

#: array of a method | wrong
out = a.sigmoid()
array = out.detach().numpy()
array *= 3  # expect: GRD112
out.sum().backward()

#: storage | wrong
out = a.sigmoid()
out.untyped_storage().fill_(0)  # expect: GRD112
out.sum().backward()

#: copy of an array | right
out = a.sigmoid()
array = np.array(out.detach())
array[:] = 0
out.sum().backward()

#: detached clone | right
out = a.sigmoid()
out.detach().clone().zero_()  # expect: GRD161
out.sum().backward()

#: cloned data | right
out = a.sigmoid()
out.data.clone().zero_()  # expect: GRD912  # expect: GRD161
out.sum().backward()

#: view of data | wrong
out = a.sigmoid()
out.data.view(3, 1).zero_()  # expect: GRD111
out.sum().backward()

#: property of data | wrong
out = (a.view(1, 3) * 1).sigmoid()
out.data.T.zero_()  # expect: GRD111
out.sum().backward()

#: requires_grad_ in a chain | leaf Variable that requires grad
w = torch.zeros(3).requires_grad_()
w.add_(1)  # expect: GRD142

#: requires_grad set | leaf Variable that requires grad
w = torch.zeros(3)
w.requires_grad = True
w.add_(1)  # expect: GRD142

#: requires_grad set to False | right
w = torch.zeros(3, requires_grad=True)
w.requires_grad = False
w.add_(1)
(w * a).sum().backward()

#: leaf of a layer | leaf Variable that requires grad
layer = nn.Linear(2, 2)
layer.weight.mul_(2)  # expect: GRD142

#: leaf of a frozen layer | right
layer = nn.Linear(3, 2).requires_grad_(False)
layer.weight.mul_(2)
layer(a).sum().backward()

#: like | leaf Variable that requires grad
w = torch.zeros_like(a, requires_grad=True)
w.zero_()  # expect: GRD142

#: like without | right
w = torch.zeros_like(a)
w.zero_()
(w * a).sum().backward()
"""

STORES = """
#: constant index | modified by an inplace operation
out = a.sigmoid()
out[0] = 5  # expect: GRD141
out.sum().backward()

#: negative index | modified by an inplace operation
out = a.sigmoid()
out[-1] = 5  # expect: GRD141
out.sum().backward()

#: slice | modified by an inplace operation
out = a.sigmoid()
out[1:] = 5  # expect: GRD141
out.sum().backward()

#: ellipsis | modified by an inplace operation
out = a.sigmoid()
out[...] = 5  # expect: GRD141
out.sum().backward()

#: mask | modified by an inplace operation
out = a.sigmoid()
out[out > 0.5] = 5  # expect: GRD141
out.sum().backward()

#: list of indices | modified by an inplace operation
out = a.sigmoid()
out[[0, 2]] = 5  # expect: GRD141
out.sum().backward()

#: tensor of indices | modified by an inplace operation
out = a.sigmoid()
out[torch.tensor([0, 2])] = 5  # expect: GRD141
out.sum().backward()

#: unknown index | modified by an inplace operation
import os
out = a.sigmoid()
out[len(os.sep)] = 5  # expect: GRD141
out.sum().backward()

#: slice of data | wrong
out = a.sigmoid()
out.data[:] = 5  # expect: GRD111
out.sum().backward()

#: item of data | wrong
out = a.sigmoid()
out.data[0] = 5  # expect: GRD111
out.sum().backward()

#: item of an item of data | wrong
out = (a.view(1, 3) * 1).sigmoid()
out.data[0][1] = 5  # expect: GRD111
out.sum().backward()

#: item of detached | modified by an inplace operation
out = a.sigmoid()
out.detach()[0] = 5  # expect: GRD121
out.sum().backward()

#: item of a fancy index of detached | right
out = a.sigmoid()
out.detach()[[0, 1]][0] = 5
out.sum().backward()

#: item of a leaf | leaf Variable that requires grad
a[0] = 5  # expect: GRD142

#: item added to | modified by an inplace operation
out = a.sigmoid()
out[0] += 1  # expect: GRD141
out.sum().backward()

#: item of data added to | wrong
out = a.sigmoid()
out.data[0] += 1  # expect: GRD111
out.sum().backward()

#: another region of data | right
h = a * 1
z = (h[:2] ** 2).sum()
h.data[2:] = 0  # expect: GRD911
z.backward()

#: tensor stored into a buffer | right
buffer = torch.zeros(3)
buffer[0] = a[0] * 2
buffer.sum().backward()

#: buffer read, then stored into | modified by an inplace operation
buffer = torch.zeros(3)
buffer[0] = a[0] * 2
buffer[1] = buffer[0] * a[1]
buffer[2] = buffer[1] * a[2]  # expect: GRD141
buffer.sum().backward()

#: attribute data | wrong
h = a * 1
z = (h**2).sum()
h.data = torch.zeros(3)  # expect: GRD113
z.backward()

#: list, not tensor | right
outs = [a.sigmoid(), 1]
outs[1] = 5
outs[0].sum().backward()
"""

AUGMENTED = """
#: *= by a tensor | modified by an inplace operation
out = a.sigmoid()
out *= b  # expect: GRD141
out.sum().backward()

#: &= on a mask | right
out = a.sigmoid()
mask = out > 0.5
mask &= out < 0.9
(out * 1.0).sum().backward()

#: += of what add gave | right
out = a + 1
out += 1
out.sum().backward()

#: += of a number | right
n = 1
n += 1
(a * n).sum().backward()

#: += makes a tensor of a number | right
total = 0
total += a.sum()
total += a.exp().sum()
total.backward()

#: += of a list | right
outs = [a.sum()]
outs += [a.exp().sum()]
sum(outs).backward()

#: += of an attribute | modified by an inplace operation
class Box: pass
box = Box()
box.out = a.sigmoid()
box.out += 1  # expect: GRD141
box.out.sum().backward()

#: += out of place | right
out = a.sigmoid()
out = out + 1
out.sum().backward()
"""

MODES = """
#: no_grad | does not require grad
with torch.no_grad():
    loss = a.exp().sum()
loss.backward()  # expect: GRD151

#: inference_mode | does not require grad
with torch.inference_mode():
    loss = a.exp().sum()
loss.backward()  # expect: GRD151

#: inference_mode(False) | right
with torch.inference_mode(False):
    loss = a.exp().sum()
loss.backward()

#: set_grad_enabled(False) | does not require grad
with torch.set_grad_enabled(False):
    loss = a.exp().sum()
loss.backward()  # expect: GRD151

#: set_grad_enabled(mode=False) | does not require grad
with torch.set_grad_enabled(mode=False):
    loss = a.exp().sum()
loss.backward()  # expect: GRD151

#: set_grad_enabled(True) | right
with torch.set_grad_enabled(True):
    loss = a.exp().sum()
loss.backward()

#: set_grad_enabled as a statement | does not require grad
torch.set_grad_enabled(False)
loss = a.exp().sum()
loss.backward()  # expect: GRD151

#: set_grad_enabled to and fro | right
torch.set_grad_enabled(False)
b.add_(1)
torch.set_grad_enabled(True)
(a * b).sum().backward()

#: nested | right
with torch.no_grad():
    with torch.enable_grad():
        loss = a.exp().sum()
loss.backward()

#: nested the other way | does not require grad
with torch.enable_grad():
    with torch.no_grad():
        loss = a.exp().sum()
    loss = loss * 2
loss.backward()  # expect: GRD151

#: restored after the block | leaf Variable that requires grad
with torch.no_grad():
    a.add_(1)
a.add_(1)  # expect: GRD142

#: restored within the outer block | right
with torch.no_grad():
    with torch.enable_grad():
        c = a * 2
    a.add_(1)
c.sum().backward()

#: two items | does not require grad
import contextlib
with contextlib.nullcontext(), torch.no_grad():
    loss = a.exp().sum()
loss.backward()  # expect: GRD151

#: two items in parentheses | does not require grad
import contextlib
with (
    torch.no_grad(),
    contextlib.nullcontext() as c,
):
    loss = a.exp().sum()
loss.backward()  # expect: GRD151

#: bound to a name | does not require grad
mode = torch.no_grad()
with mode:
    loss = a.exp().sum()
loss.backward()  # expect: GRD151

#: decorator | does not require grad
@torch.no_grad()
def evaluate():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = x.exp().sum()
    loss.backward()  # expect: GRD151
evaluate()

#: decorator without a call | does not require grad
@torch.no_grad
def evaluate():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = x.exp().sum()
    loss.backward()  # expect: GRD151
evaluate()

#: enable_grad inside a decorated function | right
@torch.no_grad()
def evaluate():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.enable_grad():
        loss = x.exp().sum()
    loss.backward()
    return x
x = evaluate()

#: decorator of a method | does not require grad
class Model:
    @torch.inference_mode()
    def evaluate(self):
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        x.exp().sum().backward()  # expect: GRD151
Model().evaluate()

#: written under no_grad before the backward | modified by an inplace operation
loss = (a**2).sum()
with torch.no_grad():
    a.add_(1)  # expect: GRD144
loss.backward()

#: data written under no_grad | wrong
loss = (a**2).sum()
with torch.no_grad():
    a.data.add_(1)  # expect: GRD111
loss.backward()

#: backward under no_grad | right
loss = (a**2).sum()
with torch.no_grad():
    loss.backward()
"""

FLOW = """
#: after return | right
def step():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    out = x.sigmoid()
    out.sum().backward()
    return x
    out.data.zero_()
x = step()

#: two loops of unknown length, wrong whichever way they go | wrong
import os
out = a.sigmoid()
for name in os.environ:
    out = out.sigmoid()
for name in os.sys.argv:
    out = out.tanh()
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: after raise | right
def step():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = x.exp().sum()
    if loss < 0:
        x.detach_()  # expect: GRD931
        raise ValueError
    loss.backward()
    return x
x = step()

#: after an error | leaf Variable that requires grad
a.add_(1)  # expect: GRD142
a.detach().sum().backward()

#: constant condition | wrong
out = a.sigmoid()
if True:
    out.data.zero_()  # expect: GRD111
out.sum().backward()

#: constant condition, not taken | right
out = a.sigmoid()
if False:
    out.data.zero_()
out.sum().backward()

#: constant condition by name | right
DEBUG = False
out = a.sigmoid()
if DEBUG:
    out.data.zero_()
out.sum().backward()

#: main guard | wrong
if __name__ == '__main__':
    out = a.sigmoid()
    out.data.zero_()  # expect: GRD111
    out.sum().backward()

#: one undecided condition | wrong
import os
out = a.sigmoid()
if os.sep:
    out.data.zero_()  # expect: GRD111
out.sum().backward()

#: one undecided condition, else | wrong
import os
out = a.sigmoid()
if not os.sep:
    pass
else:
    out.data.zero_()  # expect: GRD111
out.sum().backward()

#: conditions that change nothing | wrong
import os
out = a.sigmoid()
if os.sep:
    pass
if os.name:
    pass
else:
    pass
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: both branches write | wrong
import os
out = a.sigmoid()
if os.sep:
    out.data.zero_()  # expect: GRD111
else:
    out.data.fill_(5)  # expect: GRD111
out.sum().backward()

#: condition that returns | right
import os
def step():
    x = torch.ones(2, requires_grad=True)
    out = x.sigmoid()
    if os.sep:
        out.sum().backward()
        return x
    return None
x = step()

#: match | wrong
import os
out = a.sigmoid()
match os.sep:
    case str():
        out.data.zero_()  # expect: GRD111
out.sum().backward()

#: first round of a loop | wrong
for _ in range(1):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    out = x.sigmoid()
    out.data.zero_()  # expect: GRD111
    out.sum().backward()

#: first round of a while | wrong
import os
while os.sep:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    out = x.sigmoid()
    out.data.zero_()  # expect: GRD111
    out.sum().backward()
    break

#: loop that changes nothing | wrong
for i in range(3):
    pass
out = a.sigmoid()
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: loop over a list | wrong
out = a.sigmoid()
for h in [out.data, torch.zeros(3)]:
    h.zero_()  # expect: GRD111
out.sum().backward()

#: finally | wrong
out = a.sigmoid()
try:
    loss = out.sum()
finally:
    out.data.zero_()  # expect: GRD111
loss.backward()

#: finally after a return | wrong
def step():
    x = torch.ones(2, requires_grad=True)
    out = x.sigmoid()
    loss = out.sum()
    try:
        return x
    finally:
        out.data.zero_()  # expect: GRD111
        loss.backward()
    x.add_(1)
x = step()

#: else of a try | wrong
out = a.sigmoid()
try:
    loss = out.sum()
except ValueError:
    raise
else:
    out.data.zero_()  # expect: GRD111
loss.backward()

#: handler of an error that may not come | right
out = a.sigmoid()
try:
    print(len(out))
except ValueError:
    out.data.zero_()  # expect: GRD211
out.sum().backward()

#: error caught | right
try:
    a.add_(1)
except RuntimeError:
    pass
(a * 2).sum().backward()

#: error caught by name | right
try:
    a.detach().sum().backward()
except (ValueError, RuntimeError) as error:
    print(error)
(a * 2).sum().backward()

#: error caught by a bare except | right
try:
    a.add_(1)
except:
    pass
(a * 2).sum().backward()

#: error caught by Exception | right
try:
    a.add_(1)
except Exception:
    pass
(a * 2).sum().backward()

#: another error caught | leaf Variable that requires grad
try:
    a.add_(1)  # expect: GRD142
except ValueError:
    pass

#: error suppressed | right
import contextlib
with contextlib.suppress(RuntimeError):
    a.add_(1)
(a * 2).sum().backward()

#: pytest.raises | right
import pytest
with pytest.raises(RuntimeError, match='leaf'):
    a.add_(1)
(a * 2).sum().backward()

#: assertRaises | right
import unittest
class T(unittest.TestCase):
    def test(self):
        w = torch.ones(2, requires_grad=True)
        with self.assertRaises(RuntimeError):
            w.add_(1)
        with self.assertRaisesRegex(RuntimeError, 'leaf'):
            w.mul_(1)
        (w * 2).sum().backward()
T('test').test()

#: after an expected error | leaf Variable that requires grad
import pytest
with pytest.raises(RuntimeError):
    a.add_(1)
a.mul_(2)  # expect: GRD142

#: conditional expression | right
import os
out = a + 1
c = out.detach() if os.sep else out.clone()
print(c)
out.sum().backward()
"""

BODIES = """
#: function | wrong
def step():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    out = x.sigmoid()
    out.data.zero_()  # expect: GRD111
    out.sum().backward()
    return x
x = step()

#: async function | wrong
import asyncio
async def step():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    out = x.sigmoid()
    out.data.zero_()  # expect: GRD111
    out.sum().backward()
    return x
x = asyncio.run(step())

#: nested function | wrong
def outer():
    def inner():
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        out = x.sigmoid()
        out.data.zero_()  # expect: GRD111
        out.sum().backward()
        return x
    return inner()
x = outer()

#: method | wrong
class A:
    def step(self):
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        out = x.sigmoid()
        out.data.zero_()  # expect: GRD111
        out.sum().backward()
        return x
x = A().step()

#: static method | wrong
class A:
    @staticmethod
    def step():
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        out = x.sigmoid()
        out.data.zero_()  # expect: GRD111
        out.sum().backward()
        return x
x = A.step()

#: class in a class | wrong
class A:
    class B:
        def step(self):
            x = torch.tensor([1.0, 2.0], requires_grad=True)
            out = x.sigmoid()
            out.data.zero_()  # expect: GRD111
            out.sum().backward()
            return x
x = A.B().step()

#: class in a function | wrong
def make():
    class A:
        def step(self):
            x = torch.tensor([1.0, 2.0], requires_grad=True)
            out = x.sigmoid()
            out.data.zero_()  # expect: GRD111
            out.sum().backward()
            return x
    return A()
x = make().step()

#: generator | wrong
def steps():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    out = x.sigmoid()
    yield x
    out.data.zero_()  # expect: GRD111
    out.sum().backward()
for x in steps(): pass

#: function in a condition | wrong
if torch:
    def step():
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        out = x.sigmoid()
        out.data.zero_()  # expect: GRD111
        out.sum().backward()
        return x
x = step()

#: lambda is not run | right
out = a.sigmoid()
clear = lambda: out.data.zero_()  # expect: GRD911
out.sum().backward()

#: function is not run | right
out = a.sigmoid()
def clear():
    out.data.zero_()  # expect: GRD911
out.sum().backward()

#: comprehension has names of its own | wrong
out = a.sigmoid()
numbers = [out for out in range(3)]
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: custom function | right
class Double(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = x.detach()
        y = y.clone()
        y.mul_(2)
        return y
    @staticmethod
    def backward(ctx, g):
        return g * 2
Double.apply(a).sum().backward()

#: custom function by its short name | right
from torch.autograd import Function
class Clip(Function):
    @staticmethod
    def forward(ctx, x):
        w = torch.ones(3, requires_grad=True)
        w.add_(1)
        return x.clone()
    @staticmethod
    def backward(ctx, g):
        return g
Clip.apply(a).sum().backward()

#: global name | right
count = 0
def step():
    global count
    count += 1
    x = torch.ones(2, requires_grad=True)
    x.sum().backward()
    return x
x = step()

#: parameters named alike | right
def step(a):
    a.add_(1)
    return a
x = step(torch.zeros(3))

#: hook is not the function | right
out = a.sigmoid()
out.register_hook(lambda g: g * 2)
out.sum().backward()
"""

DETACHED = """
#: view | detach views in-place
(a * 2)[0:2].detach_()  # expect: GRD132

#: item of a tuple of pieces | detach views in-place
(a * 2).chunk(3)[0].detach_()  # expect: GRD132

#: saved input | detached in-place
m = a * 2
y = (m**2).sum()
m.detach_()  # expect: GRD133
y.backward()

#: saved output | right
m = a * 2
y = m.exp().sum()
m.detach_()  # expect: GRD931
y.backward()

#: between two uses | lost
m = a * 2
one = m.exp().sum()
m.detach_()  # expect: GRD131
two = m.exp().sum()
(one + two).backward()

#: between two uses of an alias | lost
m = a * 2
alias = m
one = m.exp().sum()
alias.detach_()  # expect: GRD131
two = m.exp().sum()
(one + two).backward()

#: before the use | does not require grad
m = a * 2
m.detach_()
m.exp().sum().backward()  # expect: GRD134

#: function of torch | does not require grad
m = a * 2
torch.detach_(m)
m.exp().sum().backward()  # expect: GRD134

#: leaf | does not require grad
a.detach_()
a.exp().sum().backward()  # expect: GRD134

#: one of two | right
m = a * 2
n = a * 3
m.detach_()  # expect: GRD931
(m * n).sum().backward()

#: detached and differentiated | does not require grad
a.exp().detach().sum().backward()  # expect: GRD122

#: detached by name | does not require grad
m = a.exp()
m = m.detach()
m.sum().backward()  # expect: GRD122

#: data and differentiated | does not require grad
a.exp().data.sum().backward()  # expect: GRD122, GRD912

#: detached, then required | right
m = a.exp().detach().requires_grad_()
m.sum().backward()

#: detached in one of two uses | right
m = a.exp()
(m * m.detach()).sum().backward()

#: nothing requires grad | does not require grad
x = torch.ones(3)
x.exp().sum().backward()  # expect: GRD151

#: retained | right
y = a.exp().sum()
y.backward(retain_graph=True)
y.backward()

#: detached for the log | right
y = a.exp().sum()
print(y.detach().item(), float(y.data))  # expect: GRD912
y.backward()
"""

#: Programs of which nothing may be proven, for what the line marked as an obstacle does cannot be followed.
#: What is expected is proven of the same program without it: a block's head becomes `if True:`, and another
#: line is emptied.
OBSTACLES = """
#: a loop that a counter decides
out = a.sigmoid()
for i in range(9):
    out = out.sigmoid()
    if i < 8: out = out.tanh()  # obstacle
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: unknown context
from mine import context
out = a.sigmoid()
with context():  # obstacle
    pass
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: unknown context around
from mine import context
out = a.sigmoid()
with context():  # obstacle
    out.data.zero_()  # expect: GRD111
out.sum().backward()

#: unknown context beside a known one
from mine import context
out = a.sigmoid()
with torch.enable_grad(), context():  # obstacle
    pass
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: unknown async context
from mine import context
async def step():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    out = x.sigmoid()
    async with context():  # obstacle
        pass
    out.data.zero_()  # expect: GRD111
    out.sum().backward()

#: saved tensors on the CPU
with torch.autograd.graph.save_on_cpu():  # obstacle
    out = a.sigmoid()
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: saved tensors through hooks
with torch.autograd.graph.saved_tensors_hooks(lambda t: t.clone(), lambda t: t):  # obstacle
    out = a.sigmoid()
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: unknown decorator
from mine import decorator
@decorator  # obstacle
def step():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    out = x.sigmoid()
    out.data.zero_()  # expect: GRD111
    out.sum().backward()

#: unknown decorator with arguments
from mine import decorator
@decorator(1)  # obstacle
def step():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    out = x.sigmoid()
    out.data.zero_()  # expect: GRD111
    out.sum().backward()

#: unknown decorator below a known one
from mine import decorator
class A:
    @staticmethod
    @decorator  # obstacle
    def step():
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        out = x.sigmoid()
        out.data.zero_()  # expect: GRD111
        out.sum().backward()

#: unknown grad mode
import os
torch.set_grad_enabled(os.environ)  # obstacle
out = a.sigmoid()
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: unknown grad mode as a context
import os
with torch.set_grad_enabled(os.environ):  # obstacle
    out = a.sigmoid()
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: second undecided condition
import os
out = a.sigmoid()
if os.sep:  # obstacle
    out = out.sigmoid()
else:
    out = out.tanh()
if os.name:
    out.data.zero_()  # expect: GRD111
out.sum().backward()

#: name deleted
out = a.sigmoid()
handle = out.data
del handle  # obstacle
handle.zero_()  # expect: GRD111
out.sum().backward()

#: value of unknown code
from mine import change
out = a.sigmoid()
out = change(out)  # obstacle
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: list changed by unknown code
from mine import change
outs = [a + 1, a.sigmoid()]
change(outs)  # obstacle
out = outs[1]
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: list appended to
outs = [a.sigmoid()]
outs.insert(0, a + 1)  # obstacle
out = outs[0]
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: star in the middle
outs = [1, a.sigmoid()]
_, *outs = outs  # obstacle
out = outs[1]
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: grad mode bound outside
from mine import mode
with mode:  # obstacle
    loss = a.exp().sum()
out = a.sigmoid()
out.data.zero_()  # expect: GRD111
out.sum().backward()
"""


def _cases(listing: str) -> dict[str, tuple[str, str]]:
    """The claim and the text of each program in a listing, by the name above it: `#: name | claim`."""
    parts = re.split(r"^#: (.+)\n", listing, flags=re.MULTILINE)[1:]
    cases = {}
    for title, text in zip(parts[::2], parts[1::2], strict=True):
        name, _, claim = title.partition(" | ")
        assert name not in cases, name
        cases[name] = (claim, text.rstrip() + "\n")
    return cases


def _augmented() -> dict[str, tuple[str, str]]:
    """Every augmented assignment that works in place, on what was saved, on its data and on a leaf."""
    cases = _cases(AUGMENTED)
    end = "out.sum().backward()\n"
    for sign in ("+=", "-=", "*=", "/=", "**=", "%=", "//="):
        on_data = f"out = a.sigmoid()\nout.data {sign} -3  # expect: GRD111\n{end}"
        cases[f"{sign} on data"] = ("wrong", on_data)
        if sign != "//=":
            cases[f"{sign} on a saved result"] = (
                MODIFIED,
                f"out = a.sigmoid()\nout {sign} 2  # expect: GRD141\n{end}",
            )
            cases[f"{sign} on a leaf"] = (LEAF, f"a {sign} 2  # expect: GRD142\n")
    return cases


def _programs() -> dict[str, tuple[str, str]]:
    programs = {f"imports: {name}": case for name, case in _cases(IMPORTS).items()}
    groups = {
        "bindings": _cases(BINDINGS),
        "calls": _cases(CALLS),
        "stores": _cases(STORES),
        "augmented": _augmented(),
        "modes": _cases(MODES),
        "flow": _cases(FLOW),
        "bodies": _cases(BODIES),
        "detached": _cases(DETACHED),
    }
    for group, cases in groups.items():
        programs |= {f"{group}: {name}": (claim, HEAD + text) for name, (claim, text) in cases.items()}
    return programs


PROGRAMS = _programs()
#: What PyTorch must do where a proven code is expected.
CLAIM_OF_CODE = {
    "GRD111": "wrong",
    "GRD112": "wrong",
    "GRD113": "wrong",
    "GRD131": "lost",
    "GRD121": MODIFIED,
    "GRD141": MODIFIED,
    "GRD144": MODIFIED,
    "GRD142": LEAF,
    "GRD122": NO_GRAD,
    "GRD134": NO_GRAD,
    "GRD151": NO_GRAD,
    "GRD132": "detach views in-place",
    "GRD161": "right",
    "GRD133": "detached in-place",
}
#: What PyTorch refuses on the reported line itself, not at a later backward.
REFUSED_THERE = {"GRD122", "GRD132", "GRD134", "GRD142", "GRD151"}

every_program = pytest.mark.parametrize("name", PROGRAMS)


def test_there_are_programs() -> None:
    assert len(PROGRAMS) > 200


@every_program
def test_linter_reports_what_is_expected(name: str) -> None:
    _, text = PROGRAMS[name]
    assert _reported(text) == _expected(text)


@every_program
def test_claim_is_that_of_the_proven_code(name: str) -> None:
    claim, text = PROGRAMS[name]
    for _, code in _expected(text):
        if code.startswith("GRD1"):
            assert claim == CLAIM_OF_CODE[code]


@every_program
def test_pytorch_does_what_is_claimed(name: str, tmp_path: Path) -> None:
    claim, text = PROGRAMS[name]
    program = tmp_path / "program.py"
    program.write_text(text, encoding="utf-8")
    plain = run_plainly(program, None)
    if claim in {"right", "wrong", "lost"}:
        assert claim == "right" or _leaves(plain.namespace)
        other = run_without_detaching_in_place(program, None) if claim == "lost" else run_cloning(program, None)
        assert plain.error is other.error is None
        assert _same_gradients(plain, other) is (claim == "right")
    else:
        assert isinstance(plain.error, RuntimeError)
        assert claim in str(plain.error)
        refused = [line for line, code in _expected(text) if code in REFUSED_THERE]
        assert not refused or refused == [plain.error_line]


@pytest.mark.parametrize("text", [text for _, text in _cases(OBSTACLES).values()], ids=_cases(OBSTACLES))
def test_nothing_is_proven_behind_an_obstacle(text: str) -> None:
    assert text.count("# obstacle") == 1
    assert not _proven(HEAD + text)
    free = HEAD + _without_obstacle(text)
    assert _proven(free) == _expected(free) != set()


def _proven(text: str) -> set[tuple[int, str]]:
    return {(line, code) for line, code in _reported(text) if code.startswith("GRD1")}


def _without_obstacle(text: str) -> str:
    head = re.search(r"^( *)(.*)  # obstacle\n", text, re.MULTILINE)
    assert head is not None
    replaced = f"{head[1]}if True:\n" if head[2].endswith(":") else "\n"
    return text[: head.start()] + replaced + text[head.end() :]


def _reported(text: str) -> set[tuple[int, str]]:
    return {(finding.line, finding.code) for finding in check(text)}


def _expected(text: str) -> set[tuple[int, str]]:
    lines = enumerate(text.split("\n"), 1)
    return {(number, match[1]) for number, line in lines for match in re.finditer(r"# expect: (GRD\d{3})", line)}


def _same_gradients(one: Outcome, other: Outcome) -> bool:
    names = _leaves(one.namespace)
    return all(torch.equal(one.namespace[name].grad, other.namespace[name].grad) for name in names)


def _leaves(namespace: Namespace) -> list[str]:
    tensors = {name: value for name, value in namespace.items() if isinstance(value, torch.Tensor)}
    return [name for name, value in tensors.items() if value.is_leaf and value.grad is not None]


def test_a_chain_of_writes_is_one_finding() -> None:
    (finding,) = check("import torch\n\n\ndef decay(p):\n    p.data.mul_(0.9).add_(0.1)\n")
    assert finding.code == "GRD911"


@pytest.mark.parametrize(
    ("head", "line"),
    [
        ("def clear(function):\n    out.data.zero_()\n    return function\n\n\n@clear\ndef f():\n    pass\n", 8),
        (
            "def clear():\n    out.data.zero_()\n    return []\n\n\n@dataclass\nclass Kept:\n"
            "    items: list = field(default_factory=clear)\n\n\nkept = Kept()\n",
            8,
        ),
    ],
    ids=["decorator", "default factory"],
)
def test_a_write_in_what_is_called_without_being_written_as_a_call(head: str, line: int) -> None:
    source = (
        "from dataclasses import dataclass, field\nimport torch\n\na = torch.ones(3, requires_grad=True)\nout = a.sigmoid()\n\n"
        f"{head}out.sum().backward()\n"
    )
    (finding,) = check(source)
    assert (finding.code, finding.line) == ("GRD111", line)
    assert "called" in {step.role for step in finding.trace}


NESTED = """
import torch

class Reduced(torch.nn.Module):
    def __init__(self, module):
        self.waits = False
        {pad}

    def reduce(self, device):
        def scale(params):
            params.grad.data.copy_(buffer)

        def all_of_them():
            if self.waits:
                return
            self.buffer.data.zero_()
            scale(self.buffer)

        all_of_them()
"""


@pytest.mark.parametrize("attributes", range(12))
def test_frame_of_another_path_is_not_taken_for_one_of_this(attributes: int) -> None:
    """Entered by itself, `all_of_them` calls a function whose frame is gone: its number may be that of the frame it runs in."""
    pad = "; ".join(["pass", *(f"self.a{number} = object()" for number in range(attributes))])
    assert [finding.code for finding in check(NESTED.format(pad=pad))] == ["GRD911", "GRD911"]


IDIOMS = """
#: weight initialisation
def __init__(self, tags):
    self.transitions.weight.data[0, :] = -10000
#: masking
def prune_step(m, least):
    m.weight.data[m.weight.data.abs() < least] = 0
#: masking
def forward(self, x):
    self.weight.data *= self.mask
#: moving average or target network
def sync(self):
    for t, s in zip(self.target_net.parameters(), self.net.parameters()):
        t.data.copy_(s.data)
#: moving average or target network
def accumulate(one, other, decay):
    for p, q in zip(one.parameters(), other.parameters()):
        p.data = decay * p.data + (1 - decay) * q.data
#: weight clipping
def forward(self, x):
    self.weight.data = F.normalize(self.weight.data, dim=1)
#: weight clipping
def near(x_adv, x, eps):
    x_adv.data = torch.max(torch.min(x_adv.data, x + eps), x - eps)
#: manual optimizer step
def inner(params, loss, rate):
    for p, g in zip(params, torch.autograd.grad(loss, params)):
        p.data = p.data - rate * g
#: storage or dtype change
def convert_weights(layer):
    layer.weight.data = layer.weight.data.half()
#: weight surgery
def init_from(other, mine):
    mine.weight.data = other.weight.data.view(mine.weight.size())
#: weight surgery
def __init__(self, path):
    weights = np.load(path)
    for name, p in self.named_parameters():
        p.data = torch.tensor(weights[name])
#: weight surgery
def load_state_dict(self, state_dict):
    for current, saved in zip(self.groups, state_dict["groups"]):
        current.data.copy_(saved.data)
#: running state
def forward(self, x):
    self.min_val.data.copy_(x.min())
#: weight initialisation
def forward(self, x):
    if not self.inited:
        self.loc.data.copy_(-x.mean(0))
"""


@pytest.mark.parametrize(("idiom", "text"), [re.split("\n", case, maxsplit=1) for case in IDIOMS.split("#: ")[1:]])
def test_idiom_of_a_data_write(idiom: str, text: str) -> None:
    (finding,) = check(HEAD + text)
    assert f"writes past autograd ({idiom})" in finding.message


def test_item_is_set_behind_those_that_are_known() -> None:
    text = """
import torch

class Loader:
    def batch(self, indices):
        parts = self.collate([self.data[i] for i in indices])
        if self.transposed:
            parts[0] = parts[0].T
        parts[1] = parts[1].T

    def collate(self, parts):
        return parts

    def keep(self, x):
        x.data.zero_()
"""
    assert [finding.code for finding in check(text)] == ["GRD911"]


NO_TENSORS = {
    "a dataset": """
import torch
class Set(torch.utils.data.Dataset):
    def __init__(self, rows):
        self.data = list(rows)
        self.data[0] = rows[1]
        self.data += rows
    def shuffle(self, other):
        other.data = self.data[::-1]
        if len(self) > 3:
            other.data[0] = None
""",
    "a configuration": """
import torch
def read(cfg, args):
    cfg.data = args.data
    cfg.data.path = 'x'
    args.data['k'] = 3
    cfg.data.workers += 1
    x = torch.ones(3, requires_grad=True)
    x.sum().backward()
""",
    "a response": """
import requests, torch
def get(url):
    response = requests.get(url)
    response.data['k'] = 1
    response.data = response.data.strip()
    return torch.tensor(response.data, requires_grad=True)
""",
    "a sparse matrix": """
import numpy as np, scipy.sparse as sp, torch
def normalise(adj: 'sp.csr_matrix'):
    adj = adj.tocsr()
    adj.data[adj.data > 1] = 1
    adj.data /= adj.data.sum()
    adj.data[:] = 1
    return torch.ones(3, requires_grad=True)
""",
    "a packed sequence": """
import torch
from torch.nn.utils.rnn import pack_padded_sequence
lstm = torch.nn.LSTM(3, 4)
x = torch.rand(5, 2, 3, requires_grad=True)
packed = pack_padded_sequence(x, [5, 4])
out, _ = lstm(packed)
out.data.sum().backward()
""",
    "no torch at all": """
import numpy as np
import jax
x = np.ones(3)
x.data.zero_()
y = x.detach()
y.add_(1)
x.backward()
w.data.fill_(0)
""",
    "arrays of another library": """
import torch, mxnet as mx
def f(params):
    for name, p in params.items():
        nd = mx.nd.ones(3)
        nd[:] = 0
        nd += 1
    torch.manual_seed(0)
    return nd.detach()
""",
    "a tree": """
import torch
class Node:
    def __init__(self, data):
        self.data = data
        self.left = None
    def insert(self, data):
        if self.left:
            self.left.data = data
        self.data = data
    def grow(self):
        x = torch.ones(3, requires_grad=True)
        x.sum().backward()
""",
}


@pytest.mark.parametrize("text", NO_TENSORS.values(), ids=NO_TENSORS.keys())
def test_what_is_no_tensor_has_no_finding(text: str) -> None:
    assert check(text) == []
