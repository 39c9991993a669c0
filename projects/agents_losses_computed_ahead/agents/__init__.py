AGENTS = {}


def register(name):
    def deco(cls):
        AGENTS[name] = cls
        return cls

    return deco


def build_agent(cfg):
    args = dict(cfg)
    return AGENTS[args.pop("type")](**args)


from . import ddpg  # noqa: E402,F401
