import torch


def attention_weights(score):
    """Softmax over the words, for machines without the fused kernel."""
    weight = torch.exp(score - score.amax(1, keepdim=True))
    return weight / weight.sum(1, keepdim=True)
