import numpy as np


def bars(gate, width=8):
    height = np.asarray(gate.detach())
    height = height - height.mean(axis=1, keepdims=True)
    return ["#" * int(width * abs(h)) for h in height.mean(axis=0)[:3]]
