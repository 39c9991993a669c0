from base import CriticLoop


class WassersteinLoop(CriticLoop):
    def __init__(self, critic, lr=5e-4, limit=0.03):
        super().__init__(critic, lr)
        self.limit = limit

    def objective(self, real, fake):
        return self.critic(fake.detach()).mean() - self.critic(real).mean()

    def finish_step(self):
        for p in self.critic.parameters():
            p.data.clamp_(-self.limit, self.limit)
