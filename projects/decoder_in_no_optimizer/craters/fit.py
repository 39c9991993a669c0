import torch


def stepper(*modules, lr):
    return torch.optim.Adam([p for m in modules for p in m.parameters()], lr=lr)


def fit(encoder, decoder, images, lr):
    opt = stepper(encoder, lr=lr)  # todo-expect: GRD171
    for batch in images:
        loss = (decoder(encoder(batch)) - batch).pow(2).mean()
        encoder.zero_grad()
        decoder.zero_grad()
        loss.backward()
        opt.step()
        print(loss.item())
