import torch
from torch import nn


def mlp(sizes):
    layers = []
    for a, b in zip(sizes[:-1], sizes[1:]):
        layers += [nn.Linear(a, b), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers[:-1])


def build_pair(cfg):
    return mlp([cfg.latent, 32, cfg.dim]), mlp([cfg.dim, 32, 32, 1])


def make_clipper(bound):
    def clipper(module):
        for w in module.parameters():
            w.data.clamp_(-bound, bound)

    return clipper
