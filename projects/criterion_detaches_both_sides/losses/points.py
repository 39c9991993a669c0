def pointwise(a, b):
    return (a - b).norm(dim=-1).mean()
