def cut(wet):
    return wet.detach_()  # todo-expect: GRD133
