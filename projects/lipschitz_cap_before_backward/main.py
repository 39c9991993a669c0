"""The weights are rescaled through .data between the losses and their backward: the gradients are silently wrong."""

# claim: wrong-gradient s.net.0.weight, s.net.2.weight
import torch

import constraints
import solver

torch.manual_seed(0)

if __name__ == "__main__":
    s = solver.Solver()
    print("parameters:", constraints.count_params(s.net))
    for it in range(5):
        print(it, s.step())
