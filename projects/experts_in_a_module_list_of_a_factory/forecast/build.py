from . import mixture


def build_model(cfg):
    cls = getattr(mixture, cfg["class"])
    return cls(**cfg["args"])
