"""The abstract domain: values, the heap, and the state of one path."""
