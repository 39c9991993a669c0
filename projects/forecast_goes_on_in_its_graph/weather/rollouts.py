from .scores import rmse


def two_horizons(model, observed):
    """The short forecast, and the long one that goes on from it."""
    state = observed[0]
    for _ in range(2):
        state = model(state)
    near = rmse(state, observed[2])
    far = rmse(long_from(model, state), observed[4])
    return near + far


def long_from(model, state):
    for _ in range(2):
        state = model(state)
    return state
