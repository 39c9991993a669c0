"""The gains of the wrapped network are bounded after the step."""

# claim: correct
import torch
from torch import nn

from limits import bound_gains
from model import Denoiser

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def fit(net, opt, signals):
    for clean in signals:
        clean = clean.to(device)
        noisy = clean + 0.5 * torch.randn_like(clean)
        loss = (net(noisy) - clean).abs().mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        bound_gains(net.module, 0.9)
        print(loss.item())


torch.manual_seed(0)
whole = nn.DataParallel(Denoiser(taps=14)).to(device)
fit(whole, torch.optim.Adam(whole.parameters(), lr=1e-2), torch.randn(3, 16, 14).cumsum(-1))
