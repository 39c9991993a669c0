"""The initial weights are loaded again before the query's loss, which has saved the adapted ones, goes backward: it
raises.
"""

# claim: raises "modified by an inplace operation"
import torch


def sine_task(n=10):
    phase, amp = torch.randn(1), 1 + torch.randn(1).abs()
    x = torch.randn(2 * n, 1)
    y = amp * torch.sin(x + phase)
    return x[:n], y[:n], x[n:], y[n:]


def main():
    from learner import Regressor
    from meta import task_loss

    torch.manual_seed(0)
    model = Regressor()
    meta_opt = torch.optim.Adam(model.parameters(), lr=1e-3)
    for it in range(3):
        meta_opt.zero_grad()
        total = 0.0
        for _ in range(4):
            loss = task_loss(model, sine_task()) / 4
            loss.backward()  # raises here
            total += loss.item()
        meta_opt.step()
        print(it, total)


if __name__ == "__main__":
    main()
