"""The rates are clipped in a NumPy array that shares their memory, and exp has saved them: the gradients are silently
wrong.
"""

# claim: wrong-gradient model.head.weight, model.rnn.weight_hh_l0
import torch

from src.train import fit

if __name__ == "__main__":
    torch.manual_seed(0)
    demand = torch.randn(160, 3).abs() + 0.2
    model = fit(demand, epochs=4, lr=1e-2)
