def freeze(module):
    for p in module.parameters():
        p.requires_grad = False


def unfreeze(module):
    for m in module.modules():
        for p in m.parameters(recurse=False):
            p.requires_grad = True


def n_frozen(module):
    return sum(not p.requires_grad for p in module.parameters())
