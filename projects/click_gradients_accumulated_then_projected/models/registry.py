MODELS = {}


def register(name):
    def deco(cls):
        MODELS[name] = cls
        return cls

    return deco


def build_model(cfg):
    return MODELS[cfg["model"]](cfg["fields"], cfg["dim"])
