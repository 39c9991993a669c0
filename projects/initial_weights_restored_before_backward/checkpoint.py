import copy


def snapshot(model):
    return copy.deepcopy(model.state_dict())


def restore(model, state):
    model.load_state_dict(state)  # expect: GRD144


def describe(state):
    return {k: tuple(v.shape) for k, v in state.items()}
