"""What the code says: the gate, the lowering of libcst's tree, and the program that it makes. Knows nothing of autograd."""
