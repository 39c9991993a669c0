def bits_of(step):
    return 2 + step
