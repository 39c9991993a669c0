"""What PyTorch does: storages, version counters, nodes, and what backward reads. Knows neither libcst nor torch."""
