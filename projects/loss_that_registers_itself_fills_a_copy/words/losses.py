class Loss:
    known: dict = {}

    def __init_subclass__(cls, name, **kw):
        super().__init_subclass__(**kw)
        Loss.known[name] = cls

    @classmethod
    def named(cls, name):
        return cls.known[name]()


class Plain(Loss, name="plain"):
    def __call__(self, scores, ids):
        logp = scores.log_softmax(-1)
        return -logp.gather(-1, ids.unsqueeze(-1)).mean()


class Masked(Loss, name="masked"):
    def __call__(self, scores, ids, padding=0):
        logp = scores.log_softmax(-1)
        logp = logp.masked_fill((ids == padding).unsqueeze(-1), 0.0)
        return -logp.gather(-1, ids.unsqueeze(-1)).mean()
