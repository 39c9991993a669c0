"""The weights are rescaled after the step."""

# claim: correct
import torch

import constraints
import solver

torch.manual_seed(0)

if __name__ == "__main__":
    s = solver.Solver()
    print("parameters:", constraints.count_params(s.net))
    for it in range(5):
        print(it, s.step())
