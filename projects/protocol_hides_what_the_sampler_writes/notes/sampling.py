class Cooling:
    def __init__(self, share):
        self.share = share

    def after_forward(self, model):
        model.heat.data.mul_(self.share)  # expect: GRD214
