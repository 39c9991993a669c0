def poisson(rate, counts, floor=1e-3):
    rate = rate.clamp(min=floor)
    return (rate - counts * rate.log()).mean()
