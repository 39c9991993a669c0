"""`gradsafe server`: a language server on the standard input and output."""

from __future__ import annotations

import logging
import os
import sys

from flake8_gradsafe.server.features import service


def serve() -> int:
    """Serve one client, until it goes."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s: %(name)s: %(message)s")
    # What anything prints must not get between the messages.
    output = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    sys.stdout = sys.stderr
    made = service()
    made.start_io(sys.stdin.buffer, output)
    return 0
