"""Everything that needs torch: the measurement of operators.json and the probes behind it."""
