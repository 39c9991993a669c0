"""The base class keeps a tuple of the detached parts of the state."""

# claim: correct
import torch

from model import SeriesLSTM
from trainer import ForecastTrainer


def chunked(series, size):
    for i in range(0, series.size(1) - size - 1, size):
        yield series[:, i : i + size], series[:, i + 1 : i + size + 1]


def main():
    torch.manual_seed(0)
    series = torch.randn(4, 81, 3).cumsum(1) * 0.1
    model = SeriesLSTM(3, 12)
    opt = torch.optim.Adam(model.parameters(), lr=1e-3)
    ForecastTrainer(model, opt).run(chunked(series, 16))
    return model


if __name__ == "__main__":
    model = main()
