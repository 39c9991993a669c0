def cut(wet):
    return wet.detach_()  # expect: GRD133
