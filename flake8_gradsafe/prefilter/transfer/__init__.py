"""Transfer functions of the prefilter: what statements, expressions and calls do to points-to sets."""
