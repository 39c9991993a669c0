"""The options that are gradsafe's own beside flake8's, as flake8's section holds them for every face."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flake8.options.manager import OptionManager


def add_own_options(manager: OptionManager) -> None:
    """Let flake8, or what reads its section, take them."""
    manager.add_option(
        "--gradsafe-no-project",
        action="store_true",
        parse_from_config=True,
        help="look at each file alone: do not follow its imports within the project",
    )
    manager.add_option(
        "--gradsafe-no-cache",
        action="store_true",
        parse_from_config=True,
        help="keep nothing of what is found for later runs, and use nothing of earlier ones",
    )
    manager.add_option(
        "--gradsafe-cache-dir",
        metavar="DIR",
        parse_from_config=True,
        normalize_paths=True,
        help="the folder in which that is kept (default: .gradsafe_cache)",
    )
