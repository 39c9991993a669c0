def carry(state):
    """State for the next chunk, cut from the graph of this one."""
    return tuple(s.detach() for s in state)


def reset_finished(state, done):
    for s in state:
        s[:, done] = 0.0
    return state


def state_norm(state):
    return sum(s.norm().item() for s in state)
