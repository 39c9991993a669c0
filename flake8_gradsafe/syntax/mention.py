"""The first glance at a text: whether anything in it has to do with PyTorch."""


def mentions_torch(text: str) -> bool:
    """True if a text names torch, or has a whole training step of a model and an optimizer that other files make."""
    return "torch" in text or (".backward(" in text and ".step(" in text and "zero_grad" in text)
