"""What is reported, in libcst's tree: where it stands, and what its text calls it."""
