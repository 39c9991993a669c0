"""The sampler writes the temperature when the step is done."""

# claim: correct
import torch

from notes.model import Chords
from notes.sampling import Cooling
from notes.train import train

torch.manual_seed(0)
mix = Chords(tones=6)
train(mix, Cooling(0.5), torch.randn(3, 8, 6))
