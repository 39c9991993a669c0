def accumulate(model, opt, batch, criterion, parts):
    from pieces import piece_loss, split

    opt.zero_grad()
    shown = 0.0
    for src, tgt in split(batch, parts):
        loss = piece_loss(model, criterion, src, tgt, parts)
        loss.backward()
        shown += loss.item()
    return shown
