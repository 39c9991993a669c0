def weigh(part, trust):
    return part * trust.sigmoid()
