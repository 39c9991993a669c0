from .base import Base


class Pair(Base):
    def before_down(self):
        self.opt_down.zero_grad()
