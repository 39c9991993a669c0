import torch

import config


def param_groups(model):
    """One group for each learning rate in the config."""
    groups = []
    for prefix, lr in config.LR.items():
        params = [p for n, p in model.named_parameters() if n.startswith(prefix)]
        groups.append({"params": params, "lr": lr})
    return groups


def build_optimizer(model):
    return torch.optim.AdamW(param_groups(model), weight_decay=config.WEIGHT_DECAY)


def current_lr(opt):
    return [g["lr"] for g in opt.param_groups]
