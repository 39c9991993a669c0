__all__ = ["calm"]


def calm(force, strength):
    return force * strength


def storm(force):
    return 2 * force
