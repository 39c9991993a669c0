"""The hook evaluates with the averaged weights after the step."""

# claim: correct
import torch

from trainers import VAETrainer
from vae_model import VAE

torch.manual_seed(0)
trainer = VAETrainer(VAE())
trainer.fit([torch.randn(16, 30) for _ in range(5)])
