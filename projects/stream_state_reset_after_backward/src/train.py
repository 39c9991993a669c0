import torch
from torch import nn

from src.model import StreamLSTM
from src.state import carry, reset_finished, state_norm


def run(stream, done, hidden=12, lr=2e-3):
    model = StreamLSTM(stream[0].size(-1), hidden)
    opt = torch.optim.Adam(model.parameters(), lr=lr)
    state = None
    for chunk, ended in zip(stream, done):
        pred, state = model(chunk[:, :-1], state)
        loss = nn.functional.mse_loss(pred, chunk[:, 1:])
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        opt.step()
        state = reset_finished(carry(state), ended)
        print(f"{loss.item():.4f} {state_norm(state):.3f}")
    return model
