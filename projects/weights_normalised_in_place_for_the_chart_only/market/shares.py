def softmax_(scores):
    weights = scores.exp()
    weights /= weights.sum(-1, keepdim=True)
    return weights
