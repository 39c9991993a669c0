"""What the linter costs: against parsing, against TorchFix, as a part of flake8, and as programs grow."""
