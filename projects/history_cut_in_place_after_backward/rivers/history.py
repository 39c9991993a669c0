def cut(wet):
    return wet.detach_()
