"""Where the project and its rules' pages can be read: the one place that knows an address."""

from __future__ import annotations

from pathlib import Path

from flake8_gradsafe.version import __version__

#: The public address of the repository, without a slash at its end; empty as long as there is none.
ADDRESS = ""
#: The pages of the installed version, in Markdown: README.md has the table of the rules, grd111.md the page of GRD111.
DOCS = Path(__file__).with_name("docs")


def home() -> str:
    """The address of what this version is and does: public, or the file that is installed."""
    return _address("README.md")


def page(code: str) -> str:
    """The address of a rule's page: public, or the file that is installed."""
    return _address(f"{code.lower()}.md")


def _address(name: str) -> str:
    if ADDRESS:
        return f"{ADDRESS}/blob/v{__version__}/flake8_gradsafe/docs/{name}"
    return (DOCS / name).as_uri()
