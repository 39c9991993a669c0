from events import bus


@bus.on("attention")
def strongest(weights):
    shown = weights.detach()
    shown /= shown.amax(-1, keepdim=True)  # expect: GRD121
    print((shown > 0.5).float().mean().item())


@bus.on("batch")
def count(it):
    print("batch", it)
