from .model import WordModel


def heatmaps(model: WordModel):
    """One array per layer, every row scaled so that its largest entry is 1."""
    maps = []
    for layer in model.layers:
        grid = layer.weights.detach().cpu().numpy()
        grid /= grid.max(axis=-1, keepdims=True)  # expect: GRD112
        maps.append(grid)
    return maps
