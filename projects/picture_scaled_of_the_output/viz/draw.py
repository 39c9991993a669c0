def picture(cover):
    shown = cover.detach().numpy()
    shown *= 255  # expect: GRD112
    return shown.astype("uint8")
