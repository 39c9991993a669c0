class Cooling:
    def __init__(self, share):
        self.share = share

    def after_step(self, model):
        model.heat.data.mul_(self.share)
