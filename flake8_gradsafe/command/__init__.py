"""The command `gradsafe`: what the terminal asks for, file by file, in several processes, with a memory between runs."""
