"""The site: its pages say what the rules, PyTorch and the checks say."""
