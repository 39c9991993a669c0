def freeze(module):
    for p in module.parameters():
        p.require_grad = False  # todo-expect: GRD165
