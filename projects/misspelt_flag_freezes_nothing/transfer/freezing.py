def freeze(module):
    for p in module.parameters():
        p.require_grad = False  # expect: GRD165
