import torch


def make_step(value, opt, decay, gamma=0.9):
    trace = torch.zeros(5)

    def step(here, there, found):
        nonlocal trace
        with torch.no_grad():
            goal = found + gamma * value(there)
        error = value(here) - goal
        trace = decay * trace + error
        loss = (error + 0.1 * trace).pow(2).mean()
        opt.zero_grad()
        loss.backward()  # expect: GRD152
        opt.step()
        return loss.item()

    return step
