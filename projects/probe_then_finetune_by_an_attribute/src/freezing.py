def freeze(module):
    for p in module.parameters():
        p.requires_grad = False


def unfreeze(module):
    for m in module.modules():
        m.requires_grad = True  # expect: GRD163


def n_frozen(module):
    return sum(not p.requires_grad for p in module.parameters())
