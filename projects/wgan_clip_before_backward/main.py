"""The base class calls the hook that clips the critic's weights between forward and backward, so backward multiplies by
other weights than the forward did: the gradient is silently wrong.
"""

# claim: wrong-gradient critic.0.weight, critic.2.weight
import torch
from torch import nn

from wgan_trainer import CriticTrainer

torch.manual_seed(0)
generator = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 20))
critic = nn.Sequential(
    nn.Linear(20, 32),
    nn.LeakyReLU(0.2),
    nn.Linear(32, 1),
)
trainer = CriticTrainer(critic, generator, torch.optim.RMSprop(critic.parameters(), lr=5e-3))
real_batches = [torch.randn(16, 20) + 1.0 for _ in range(3)]
hist = trainer.fit(real_batches)
print("wasserstein estimate", -hist[-1])
