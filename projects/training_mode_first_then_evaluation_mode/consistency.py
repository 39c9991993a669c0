import torch.nn.functional as F


def calm(model, images):
    """The answers with the running statistics."""
    model.eval()
    answer = model(images).log_softmax(-1)
    model.train()
    return answer


def fit(model, loader, optimizer):
    for images, kind in loader:
        noisy = model(images + 0.1 * images.std())
        steady = calm(model, images)
        agree = F.kl_div(noisy.log_softmax(-1), steady, log_target=True, reduction="batchmean")
        loss = F.cross_entropy(noisy, kind) + agree
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(f"{loss.item():.4f}")
