def code_step(encoder, decoder, calls):
    loss = (decoder(encoder(calls).detach()) - calls).pow(2).mean()  # expect: GRD125
    loss.backward()
    return loss.item()
