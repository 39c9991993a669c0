from collections import defaultdict


class Bus:
    def __init__(self):
        self.handlers = defaultdict(list)

    def on(self, event):
        def enter(fn):
            self.handlers[event].append(fn)
            return fn

        return enter

    def emit(self, event, *what):
        for fn in self.handlers[event]:
            fn(*what)


bus = Bus()
