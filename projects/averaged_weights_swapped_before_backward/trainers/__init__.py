from .vae import VAETrainer
