def set_trainable(module, flag):
    for p in module.parameters():
        p.requires_grad_(flag)


def phases(model, s):
    set_trainable(model.features, False)
    for e in range(s.head_epochs):
        yield "head", e
    set_trainable(model.features, True)
    for e in range(s.full_epochs):
        yield "full", e
