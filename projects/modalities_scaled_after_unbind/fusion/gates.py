def weigh(part, trust):
    part *= trust.sigmoid()  # expect: GRD143
    return part
