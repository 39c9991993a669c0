"""Notebooks: their code cells, in order, are one program, and what is changed in it goes back into the cells."""
