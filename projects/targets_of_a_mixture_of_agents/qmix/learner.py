import copy

import torch

from .mixing import Mixer
from .nets import agent


class Learner:
    def __init__(self, agents, seen, moves, sync):
        self.agent, self.mixer = agent(seen, moves), Mixer(agents, agents * seen)
        self.slow_agent, self.slow_mixer = copy.deepcopy(self.agent), copy.deepcopy(self.mixer)
        self.sync, self.count = sync, 0
        self.opt = torch.optim.RMSprop([*self.agent.parameters(), *self.mixer.parameters()], lr=1e-3)

    def refresh(self):
        for fast, slow in ((self.agent, self.slow_agent), (self.mixer, self.slow_mixer)):
            slow.load_state_dict(fast.state_dict())

    def learn(self, seen, move, reward, then):
        chosen = self.agent(seen).gather(-1, move.unsqueeze(-1)).squeeze(-1)
        total = self.mixer(chosen, seen.flatten(1))
        with torch.no_grad():
            best = self.slow_agent(then).amax(-1)
            goal = reward + 0.9 * self.slow_mixer(best, then.flatten(1))
        loss = (total - goal).pow(2).mean()
        self.count += 1
        if self.count % self.sync == 0:
            self.refresh()
        self.opt.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.mixer.parameters(), 10.0)
        self.opt.step()
        return loss.item()
