"""Programs that grow in one way each, to see that what they cost grows no faster than they do: `python -m tests.growth`."""
