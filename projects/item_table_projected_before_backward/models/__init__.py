MODELS = {}


def register(name):
    def deco(cls):
        MODELS[name] = cls
        return cls

    return deco


def build_model(cfg):
    from . import factor  # noqa: F401  (fills the registry)

    return MODELS[cfg["name"]](**cfg["args"])
