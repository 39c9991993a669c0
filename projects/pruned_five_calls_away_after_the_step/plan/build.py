from .nets import Forked


def from_config(cfg):
    return Forked.of(**cfg)
