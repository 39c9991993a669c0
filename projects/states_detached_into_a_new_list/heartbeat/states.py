def cut(states):
    return [state.detach() for state in states]
