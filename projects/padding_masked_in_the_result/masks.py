def hide(values, padding):
    """Zero where the sentence is over."""
    return values.masked_fill(padding, 0.0)
