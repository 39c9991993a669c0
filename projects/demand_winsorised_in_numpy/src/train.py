import torch
from torch import nn

from src.model import DemandRNN
from src.utils import mape, sliding_windows, winsorize


def fit(series, epochs, lr):
    x, y = sliding_windows(series, 24, 6)
    model = DemandRNN(series.size(1))
    criterion = nn.PoissonNLLLoss(log_input=False)
    opt = torch.optim.Adam(model.parameters(), lr=lr)
    for epoch in range(epochs):
        rate = model(x)
        rate = winsorize(rate)
        loss = criterion(rate, y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        print(f"epoch {epoch} nll {loss.item():.4f}")
    with torch.no_grad():
        print("mape", mape(model(x), y))
    return model
