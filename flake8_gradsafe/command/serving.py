"""`gradsafe server`, where what it needs is installed."""

from __future__ import annotations

import importlib.util

from flake8_gradsafe.command.ending import complain


def server() -> int:
    """Start the language server."""
    if importlib.util.find_spec("pygls") is None:
        return complain("the language server needs more: pip install 'flake8-gradsafe[lsp]'")
    from flake8_gradsafe.server.main import serve

    return serve()
