def rmse(a, b):
    return (a - b).pow(2).mean().sqrt()
