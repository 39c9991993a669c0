"""The text of a file: the gate, and the program that is made of CPython's tree. Knows nothing of autograd or libcst."""
