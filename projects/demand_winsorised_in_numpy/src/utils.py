import numpy as np
import torch


def sliding_windows(series, length, horizon):
    xs, ys = [], []
    for i in range(0, series.size(0) - length - horizon, 4):
        xs.append(series[i : i + length])
        ys.append(series[i + length : i + length + horizon, 0])
    return torch.stack(xs), torch.stack(ys)


def winsorize(values, lo=0.1, hi=0.9):
    """Pull extreme values back to the given quantiles."""
    arr = values.detach().numpy()
    a, b = np.quantile(arr, [lo, hi])
    np.clip(arr, a, b, out=arr)  # expect: GRD212
    return values


def mape(pred, target):
    return ((pred - target).abs() / (target.abs() + 1e-3)).mean().item()
