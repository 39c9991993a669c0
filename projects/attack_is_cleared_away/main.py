"""The gradients are cleared after the attack, and the step follows the training's loss alone."""

# claim: correct
import torch

from attacks import ATTACKS
from hardening import harden
from malware import Detector

torch.manual_seed(0)
guard = Detector(calls=9)
data = [(torch.rand(12, 9), (torch.rand(12) > 0.5).float()) for _ in range(3)]
harden(guard, data, torch.optim.SGD(guard.parameters(), lr=0.1), ATTACKS["pgd"])
