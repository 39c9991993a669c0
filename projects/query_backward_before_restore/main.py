"""The query's loss goes backward before the initial weights are loaded again."""

# claim: correct
import torch


def sine_task(n=8):
    amp, phase = 1 + torch.randn(1).abs(), torch.randn(1)
    x = 2 * torch.randn(2 * n, 1)
    y = amp * torch.sin(x + phase)
    return x[:n], y[:n], x[n:], y[n:]


def main():
    from learner import SineNet
    from meta import accumulate_task

    torch.manual_seed(0)
    model = SineNet()
    meta_opt = torch.optim.Adam(model.parameters(), lr=2e-3)
    for it in range(4):
        meta_opt.zero_grad()
        losses = [accumulate_task(model, sine_task(), 1 / 3) for _ in range(3)]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        meta_opt.step()
        print(it, sum(losses) / 3)
    return model


if __name__ == "__main__":
    model = main()
