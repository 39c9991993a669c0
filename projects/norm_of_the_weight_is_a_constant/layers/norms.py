def size(weight):
    return weight.data.pow(2).sum().sqrt()
