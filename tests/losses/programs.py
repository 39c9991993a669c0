"""Programs that train, by what they show; each runs as it stands, or with what calls it."""

from __future__ import annotations

GAN = """\
import torch
from torch import nn

G = nn.Linear(3, 3)
D = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
opt_g = torch.optim.Adam(G.parameters())
opt_d = torch.optim.Adam(D.parameters())
for step in range(3):
    fake = G(torch.randn(2, 3))
    loss_d = D(fake.detach()).mean() - D(torch.randn(2, 3)).mean()
    opt_d.zero_grad()
    loss_d.backward()
    opt_d.step()
    loss_g = -D(fake).mean()
    opt_g.zero_grad()
    loss_g.backward()
    opt_g.step()
"""

ACTOR_CRITIC = """\
import torch
from torch import nn


class ActorCritic(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, 8), nn.Tanh())
        self.actor = nn.Linear(8, 2)
        self.critic = nn.Linear(8, 1)

    def forward(self, obs):
        h = self.body(obs)
        return self.actor(h), self.critic(h.detach())


net = ActorCritic()
opt = torch.optim.Adam(net.parameters())
logits, value = net(torch.randn(5, 4))
dist = torch.distributions.Categorical(logits=logits)
action = dist.sample()
advantage = 1.0 - value.squeeze(-1)
actor_loss = -(dist.log_prob(action) * advantage.detach()).mean()
critic_loss = advantage.pow(2).mean()
loss = actor_loss + critic_loss
opt.zero_grad()
loss.backward()
opt.step()
"""

DISTILLATION = """\
import torch
import torch.nn.functional as F
from torch import nn

teacher = nn.Linear(4, 3)
student = nn.Linear(4, 3)
optimizer = torch.optim.SGD(student.parameters(), lr=0.1)
x = torch.randn(6, 4)
with torch.no_grad():
    soft = teacher(x).softmax(-1)
loss = F.kl_div(student(x).log_softmax(-1), soft, reduction="batchmean")
optimizer.zero_grad()
loss.backward()
optimizer.step()
"""

FROZEN_BACKBONE = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 8))
        self.head = nn.Linear(8, 2)

    def forward(self, x):
        return self.head(self.backbone(x))


model = Net()
for p in model.backbone.parameters():
    p.requires_grad = False
optimizer = torch.optim.SGD(filter(lambda p: p.requires_grad, model.parameters()), lr=0.1)
for step in range(3):
    loss = model(torch.randn(3, 4)).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""

DETACHED_FEATURE = """\
import torch
from torch import nn

encoder = nn.Linear(4, 4)
head = nn.Linear(4, 2)
scale = torch.ones(2, requires_grad=True)
optimizer = torch.optim.Adam([*encoder.parameters(), *head.parameters(), scale])
features = encoder(torch.randn(3, 4)).detach()
loss = (head(features) * scale).sum()
loss.backward()
optimizer.step()
"""

NO_GRAD = """\
import torch
from torch import nn

image = nn.Linear(4, 4)
text = nn.Linear(4, 4)
opt = torch.optim.SGD(list(image.parameters()) + list(text.parameters()), lr=0.1)


@torch.no_grad()
def encode_text(t):
    return text(t)


seen = image(torch.randn(2, 4))
said = encode_text(torch.randn(2, 4))
loss = (seen * said).sum()
loss.backward()
opt.step()
"""

CLIPPED = """\
import torch
from torch import nn

rnn = nn.GRU(3, 4, batch_first=True)
out = nn.Linear(4, 1)
parameters = [*rnn.parameters(), *out.parameters()]
optimizer = torch.optim.AdamW(parameters)
for _ in range(2):
    hidden, _last = rnn(torch.randn(2, 5, 3))
    loss = out(hidden).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(parameters, 1.0)
    optimizer.step()
"""

ACCUMULATED = """\
import torch
from torch import nn

net = nn.Linear(3, 1)
aux = nn.Linear(3, 1)
opt_net = torch.optim.SGD(net.parameters(), lr=0.1)
for i in range(4):
    x = torch.randn(2, 3)
    loss = net(x).pow(2).mean() + aux(x).pow(2).mean()
    (loss / 2).backward()
    if (i + 1) % 2 == 0:
        opt_net.step()
        opt_net.zero_grad()
"""

FORGOTTEN = """\
import torch
from torch import nn

first = nn.Linear(3, 3)
second = nn.Linear(3, 1)
adapter = nn.Linear(3, 3)
opt_first = torch.optim.SGD(first.parameters(), lr=0.1)
opt_second = torch.optim.SGD(second.parameters(), lr=0.1)
loss = second(adapter(first(torch.randn(2, 3)))).sum()
opt_first.zero_grad()
opt_second.zero_grad()
loss.backward()
opt_first.step()
opt_second.step()
"""

OPAQUE = """\
import torch


def train(model, batches, optimizer):
    for x, y in batches:
        optimizer.zero_grad()
        out = model(x)
        loss = torch.nn.functional.mse_loss(out, y)
        loss.backward()
        optimizer.step()
"""

OPAQUE_DRIVER = """
def drive():
    model = torch.nn.Linear(3, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    train(model, [(torch.randn(2, 3), torch.randn(2, 1))] * 2, optimizer)


drive()
"""

NETS = """\
import torch
from torch import nn


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 3)
        self.gate = nn.Parameter(torch.ones(3))

    def forward(self, x):
        return self.layer(x).detach() * self.gate


encoder = Encoder()
"""

TWO_FILES = """\
import torch
from nets import encoder
from torch import nn

head = nn.Linear(3, 1)
opt = torch.optim.SGD([*encoder.parameters(), *head.parameters()], lr=0.1)
loss = head(encoder(torch.randn(2, 3))).mean()
loss.backward()
opt.step()
"""

LOOP = """\
import torch
from torch import nn

nets = nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2)])
last = nn.Linear(2, 1)
optimizer = torch.optim.SGD([*nets.parameters(), *last.parameters()], lr=0.01)
for epoch in range(2):
    for batch in [torch.randn(3, 2), torch.randn(3, 2)]:
        h = batch
        for net in nets:
            h = net(h)
        loss = last(h).sum()
        loss.backward()
    optimizer.step()
for p in nets.parameters():
    p.grad = None
"""

THAWED = """\
import torch
from torch import nn

body = nn.Linear(3, 3)
head = nn.Linear(3, 1)
body.requires_grad_(False)
optimizer = torch.optim.SGD([*body.parameters(), *head.parameters()], lr=0.1)
for epoch in range(3):
    if epoch == 1:
        body.requires_grad_(True)
    loss = head(body(torch.randn(2, 3))).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""

TRAINER = """\
import torch
from torch import nn


class Trainer:
    def __init__(self):
        self.actor = nn.Linear(3, 2)
        self.critic = nn.Linear(5, 1)
        self.actor_optim = torch.optim.Adam(self.actor.parameters())
        self.critic_optim = torch.optim.Adam(self.critic.parameters())

    def update(self, obs, action, target):
        critic_loss = (self.critic(torch.cat([obs, action], -1)) - target).pow(2).mean()
        self.critic_optim.zero_grad()
        critic_loss.backward()
        self.critic_optim.step()
        actor_loss = -self.critic(torch.cat([obs, self.actor(obs)], -1)).mean()
        self.actor_optim.zero_grad()
        actor_loss.backward()
        self.actor_optim.step()


trainer = Trainer()
for _ in range(2):
    trainer.update(torch.randn(4, 3), torch.randn(4, 2), torch.randn(4, 1))
"""

ASKED_FOR = """\
import torch
from torch import nn

critic = nn.Linear(3, 1)
real = torch.randn(2, 3, requires_grad=True)
(slope,) = torch.autograd.grad(critic(real).sum(), real, create_graph=True)
penalty_loss = (slope.norm(dim=1) - 1).pow(2).mean()
penalty_loss.backward()
score = critic(real).sum()
score.backward(inputs=[critic.weight])
"""

#: By name: the program, and what is put behind it to run it.
PROGRAMS = {
    "gan": (GAN, ""),
    "actor_critic": (ACTOR_CRITIC, ""),
    "distillation": (DISTILLATION, ""),
    "frozen_backbone": (FROZEN_BACKBONE, ""),
    "detached_feature": (DETACHED_FEATURE, ""),
    "no_grad": (NO_GRAD, ""),
    "clipped": (CLIPPED, ""),
    "accumulated": (ACCUMULATED, ""),
    "forgotten": (FORGOTTEN, ""),
    "opaque": (OPAQUE, OPAQUE_DRIVER),
    "two_files": (TWO_FILES, ""),
    "loop": (LOOP, ""),
    "thawed": (THAWED, ""),
    "trainer": (TRAINER, ""),
    "asked_for": (ASKED_FOR, ""),
}

LIGHTNING = """\
import lightning as L
import torch
from torch import nn
from torch.nn import functional as F

class Lit(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(3, 2)
        self.head = nn.Linear(2, 1)
        self.spare = nn.Linear(2, 1)

    def forward(self, x):
        return self.head(self.body(x).detach())

    def training_step(self, batch, batch_idx):
        x, y = batch
        loss = F.mse_loss(self(x), y)
        self.log("train_loss", loss)
        return loss

    def configure_optimizers(self):
        return torch.optim.Adam([*self.body.parameters(), *self.head.parameters()], lr=1e-3)
"""
LIGHTNING_BY_HAND = """\
import lightning as L
import torch
from torch import nn

class Gan(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.automatic_optimization = False
        self.generator, self.critic = nn.Linear(3, 2), nn.Linear(2, 1)
    def training_step(self, batch, batch_idx):
        opt_g, opt_d = self.optimizers()
        loss_d = self.critic(self.generator(batch).detach()).mean()
        opt_d.zero_grad()
        self.manual_backward(loss_d)
        opt_d.step()
        loss_g = -self.critic(self.generator(batch)).mean()
        opt_g.zero_grad()
        self.manual_backward(loss_g)
        opt_g.step()
    def configure_optimizers(self):
        opt_g = torch.optim.Adam(self.generator.parameters(), lr=1e-3)
        opt_d = torch.optim.Adam(self.critic.parameters(), lr=1e-3)
        return [opt_g, opt_d], []
"""
GIVEN_OPTIMIZER = """\
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(2, 1)
    def fit(self, optimizer, x):
        loss = self.head(x).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""
#: What calls the method of the program before, as `net.py`.
GIVING_OPTIMIZER = """\
import torch
from net import Net

net = Net()
optimizer = torch.optim.SGD(net.head.parameters(), lr=0.1)
net.fit(optimizer, torch.rand(3, 2))
"""
