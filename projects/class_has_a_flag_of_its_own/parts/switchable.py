from torch import nn

from .flags import FlagMixin


class Switchable(FlagMixin, nn.Linear):
    pass
