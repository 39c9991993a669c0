"""`gradsafe server`, where what it needs is installed."""

from __future__ import annotations

from flake8_gradsafe.command.exit_codes import complain

_NEEDED = {"pygls", "lsprotocol"}


def server() -> int:
    """Start the language server."""
    try:
        from flake8_gradsafe.server.main import serve
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in _NEEDED:
            raise
        return complain("the language server needs more: pip install 'flake8-gradsafe[lsp]'")
    return serve()
