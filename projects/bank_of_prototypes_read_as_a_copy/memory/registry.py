MEMORIES = {}


def register(name):
    def enter(cls):
        MEMORIES[name] = cls
        return cls

    return enter
