"""The sampler is known by its protocol only, and writes the temperature through .data when the loss has saved it: the
gradients are silently wrong.
"""

# claim: wrong-gradient mix.net.weight
import torch

from notes.model import Chords
from notes.sampling import Cooling
from notes.train import train

torch.manual_seed(0)
mix = Chords(tones=6)
train(mix, Cooling(0.5), torch.randn(3, 8, 6))
