__all__ = ["calm"]


def calm(force, strength):
    force *= strength  # expect: GRD141
    return force


def storm(force):
    return 2 * force
