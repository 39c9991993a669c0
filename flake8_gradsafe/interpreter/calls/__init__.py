"""Calls: dispatch by name or method, arguments, code of the program, and code that is out of sight."""
