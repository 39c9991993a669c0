def set_trainable(network, on):
    for weight in network.parameters():
        weight.requires_grad_(on)
