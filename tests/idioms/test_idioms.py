"""The idiom that the message of a harmless `.data` write names: no comment of a fixture can say it."""

import re

import pytest

from flake8_gradsafe.engine import check

HEAD = "import numpy as np\nimport torch\nimport torch.nn.functional as F\n"

#: Programs, each under the name of its idiom.
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
