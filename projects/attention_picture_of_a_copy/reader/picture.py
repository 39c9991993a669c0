RAMP = " .:-=+*#"


def shade(alpha):
    a = alpha.detach().clone().numpy()
    a -= a.min(axis=1, keepdims=True)
    a /= a.max(axis=1, keepdims=True) + 1e-8
    a *= len(RAMP) - 1
    return ["".join(RAMP[int(round(float(v)))] for v in row) for row in a]
