import torch


def length_weights(lengths):
    w = lengths.float().sqrt()
    return w / w.sum()
