"""What is no operator, as data: factories, optimizers, contexts, what writes do to values, idioms."""
