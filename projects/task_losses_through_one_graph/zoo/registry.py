class Registry(dict):
    def add(self, cls):
        self[cls.__name__] = cls
        return cls

    def build(self, cfg):
        kw = {k: v for k, v in cfg.items() if k != "name"}
        return self[cfg["name"]](**kw)


MODELS = Registry()
