import importlib


def make(name, **kw):
    module = importlib.import_module("." + name, __name__)
    return module.Agent(**kw)
