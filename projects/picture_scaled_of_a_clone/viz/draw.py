def picture(cover):
    shown = cover.detach().numpy()
    shown *= 255
    return shown.astype("uint8")
