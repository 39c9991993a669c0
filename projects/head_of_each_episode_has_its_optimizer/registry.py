BACKBONES = {}


def register(fn):
    BACKBONES[fn.__name__] = fn
    return fn


def create(name, **kw):
    return BACKBONES[name](**kw)
