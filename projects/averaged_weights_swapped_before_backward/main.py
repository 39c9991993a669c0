"""The hook evaluates with the averaged weights between the loss and its backward, and loading them moves what the loss
has saved: it raises.
"""

# claim: raises "modified by an inplace operation"
import torch

from trainers import VAETrainer
from vae_model import VAE

torch.manual_seed(0)
trainer = VAETrainer(VAE())
trainer.fit([torch.randn(16, 30) for _ in range(5)])  # raises here
