from .blocks import LoRALinear, Mixer, TinyLM


def inject(model, rank):
    """Freeze everything, then put adapters around the value projections."""
    for p in model.parameters():
        p.requires_grad = False
    for m in model.modules():
        if isinstance(m, Mixer):
            m.value = LoRALinear(m.value, rank)
    return model


def build(cfg):
    model = TinyLM(cfg["vocab"], cfg["d"], cfg["depth"])
    return inject(model, cfg["rank"]) if cfg.get("rank") else model
