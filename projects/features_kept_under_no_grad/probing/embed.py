import torch


@torch.no_grad()
def embed_all(encoder, loader):
    encoder.eval()
    return torch.cat([encoder(batch) for batch in loader])
