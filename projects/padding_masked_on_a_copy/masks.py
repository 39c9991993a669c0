def hide(values, padding):
    """Zero where the sentence is over."""
    values.clone().masked_fill_(padding, 0.0)  # expect: GRD161
    return values
