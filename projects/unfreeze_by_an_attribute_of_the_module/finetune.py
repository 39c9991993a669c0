def freeze(module):
    for p in module.parameters():
        p.requires_grad = False


def unfreeze(module):
    module.requires_grad = True  # expect: GRD163


def schedule(epoch, model, cfg):
    if epoch == 0:
        freeze(model.encoder)
    elif epoch == cfg.warmup_epochs:
        unfreeze(model.encoder)
