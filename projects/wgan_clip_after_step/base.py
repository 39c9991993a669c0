import torch


class CriticLoop:
    """Runs the critic; subclasses say what happens around each update."""

    def __init__(self, critic, lr):
        self.critic = critic
        self.opt = torch.optim.RMSprop(critic.parameters(), lr=lr)

    def objective(self, real, fake):
        raise NotImplementedError

    def finish_step(self):
        pass

    def update(self, real, fake):
        loss = self.objective(real, fake)
        self.opt.zero_grad()
        loss.backward()
        self.opt.step()
        self.finish_step()
        return loss.item()
