def assign(z, book, temperature=1.0):
    dist = z.pow(2).sum(1, keepdim=True) - 2 * z @ book.t() + book.pow(2).sum(1)
    return (-dist / temperature).softmax(-1)


def usage(weight):
    """Largest where a few codes take everything."""
    return weight.mean(0).pow(2).sum()
