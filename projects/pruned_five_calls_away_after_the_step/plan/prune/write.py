def floor_of(values, share):
    return values.abs().flatten().quantile(share)


def keep_largest(weight, share):
    small = weight.data.abs() < floor_of(weight.data, share)
    weight.data[small] = 0.0
