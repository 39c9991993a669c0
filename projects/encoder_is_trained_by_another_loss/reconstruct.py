def code_step(encoder, decoder, calls):
    loss = (decoder(encoder(calls)) - calls).pow(2).mean()
    loss.backward()
    return loss.item()
