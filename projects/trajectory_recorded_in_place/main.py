"""The writes in place go to a fresh sum, to a buffer that nothing has saved, to detached records and to a NumPy copy."""

# claim: correct
import torch
from dyn.field import NeuralODE
from dyn.solver import Recorder

torch.manual_seed(0)
ode = NeuralODE(2, steps=8, dt=0.1)
opt = torch.optim.Adam(ode.parameters(), lr=1e-2)
rot = torch.linalg.matrix_exp(0.1 * torch.tensor([[0.0, 1.0], [-1.0, 0.0]]))
rec = Recorder(16, 2)
for it in range(4):
    x = torch.randn(16, 2)
    truth = [x]
    for _ in range(8):
        truth.append(truth[-1] @ rot.T)
    traj = ode(x, watch=rec)
    loss = (traj - torch.stack(truth)).square().mean()
    view = traj.detach().numpy().copy()
    view -= view.mean(axis=0)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(it, loss.item(), float(view.std()), rec.peak.max().item())
