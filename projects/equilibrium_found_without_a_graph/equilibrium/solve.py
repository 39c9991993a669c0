def iterate(f, z, steps=30, enough=1e-5):
    for _ in range(steps):
        new = f(z)
        if (new - z).norm() < enough:
            return new
        z = new
    return z
