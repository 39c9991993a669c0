"""Generated source programs, labelled by running them in PyTorch, and what the linter makes of them."""
