import importlib

_PARTS = ("nets", "scores")


def __getattr__(name):
    if name in _PARTS:
        return importlib.import_module("." + name, __name__)
    raise AttributeError(name)
