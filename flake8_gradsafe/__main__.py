"""`python -m flake8_gradsafe` is the command `gradsafe`."""

import sys

from flake8_gradsafe.command.main import main

if __name__ == "__main__":
    sys.exit(main())
