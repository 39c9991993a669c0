def poisson(rate, counts, floor=1e-3):
    rate.clamp_(min=floor)  # todo-expect: GRD141
    return (rate - counts * rate.log()).mean()
