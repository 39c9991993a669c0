"""The settings for each folder: the client's, before the configuration files there. Both are read as data."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flake8_gradsafe.config.lookup import FLAKE8_FILES, PYPROJECT
from flake8_gradsafe.config.settings import BadSettings, Settings, load
from flake8_gradsafe.server import uris

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

#: The section of the client's settings.
SECTION = "gradsafe"
#: The files that may hold a configuration.
FILES = (*FLAKE8_FILES, PYPROJECT)
_OPTIONS = frozenset(
    "select ignore extend-select extend-ignore per-file-ignores exclude extend-exclude disable-noqa no-project".split()
)
_FILE = "config"
#: The settings of ours that flake8's section has by other names.
_NO_PROJECT = "no-project"
_NAMES = {_NO_PROJECT: "gradsafe-no-project"}
_SWITCHES = frozenset({"disable-noqa", _NO_PROJECT})
#: After so many questions the configuration is read anew.
_MOST_ASKED = 1000
_CAPITAL = re.compile(r"(?<=[a-z])[A-Z]")


class Configuration:
    """The settings of every document, kept until something has changed."""

    def __init__(self, complain: Callable[[str], None]) -> None:
        """`complain` tells the user what cannot be used."""
        self._complain = complain
        self._folders: tuple[Path, ...] = ()
        self._initial: Mapping[str, Any] = {}
        self._client: dict[Path | None, Mapping[str, Any]] = {}
        self._problems: dict[Path | None, list[str]] = {}
        self._settings: dict[Path | None, Settings] = {}
        self._asked = 0

    def place(self, folders: Iterable[str]) -> None:
        """Take the workspace's folders, by their URIs."""
        paths = [Path(path) for path in map(uris.path, folders) if path is not None]
        self._folders = tuple(sorted(paths, key=lambda path: len(path.parts), reverse=True))
        self._settings.clear()

    def begin(self, settings: object) -> None:
        """Take the settings that hold as long as the client has no others: bare, or in a section as it would have them."""
        for section in ("settings", SECTION):
            settings = settings.get(section, settings) if isinstance(settings, dict) else None
        self._initial = settings if isinstance(settings, dict) else {}
        self._settings.clear()

    def take(self, settings: object, folder: str | None = None) -> None:
        """Take the client's settings, for a folder by its URI, or for all that have none of their own; None for no more."""
        path = None if folder is None else uris.path(folder)
        if folder is not None and path is None:
            return
        key = None if path is None else Path(path)
        if isinstance(settings, dict):
            self._client[key] = settings
        else:
            self._client.pop(key, None)
        self._settings.clear()

    def forget(self) -> None:
        """Read the configuration files anew when it is next needed."""
        self._settings.clear()

    def settings(self, uri: str) -> Settings | None:
        """The settings for a document, None where it is excluded."""
        # flake8 remembers each name that it was asked for.
        self._asked += 1
        if self._asked % _MOST_ASKED == 0:
            self.forget()
        found = uris.path(uri)
        path = None if found is None else Path(found)
        folder = self._folder(path)
        if folder not in self._settings:
            self._settings[folder] = self._load(folder)
        settings = self._settings[folder]
        if path is not None and any(settings.excludes(str(inner)) for inner in (path, *_between(path, folder))):
            return None
        return settings

    def _folder(self, path: Path | None) -> Path | None:
        """The folder whose configuration holds for a document; its own where it lies in none of the workspace."""
        if path is None:
            return self._folders[-1] if self._folders else None
        return next((folder for folder in self._folders if path.is_relative_to(folder)), path.parent)

    def _load(self, folder: Path | None) -> Settings:
        given, problems = options(self._client.get(folder) or self._client.get(None) or self._initial)
        config = given.pop(_FILE, None)
        start = os.curdir if folder is None else str(folder)
        try:
            settings = load(
                given,
                config_file=None if config is None else os.path.join(start, str(config)),
                isolated=folder is None and config is None,
                start=str(_existing(Path(start))),
            )
            problems += settings.warnings
            return settings
        except (BadSettings, OSError, ValueError) as error:
            problems.append(str(error))
            return load(isolated=True)
        finally:
            self._tell(folder, problems)

    def _tell(self, folder: Path | None, problems: list[str]) -> None:
        """Complain of what was not wrong already when this folder's settings were last read."""
        for problem in problems:
            if problem not in self._problems.get(folder, ()):
                self._complain(problem)
        if problems:
            self._problems[folder] = problems
        else:
            self._problems.pop(folder, None)


def options(settings: Mapping[str, Any]) -> tuple[dict[str, str | bool], list[str]]:
    """flake8's options in a client's settings, by name, and what cannot be understood. A name may be `extendSelect` too."""
    given: dict[str, str | bool] = {}
    problems = []
    for key, value in settings.items():
        name = _CAPITAL.sub(lambda capital: f"-{capital.group()}", key).lower()
        if value is None:
            continue
        if name not in _OPTIONS and name != _FILE:
            problems.append(f"{SECTION}.{key}: there is no such setting")
            continue
        text = _text(name, value)
        if text is None:
            problems.append(f"{SECTION}.{key}: cannot be {value!r}")
        else:
            given[_NAMES.get(name, name)] = text
    return given, problems


def _text(name: str, value: object) -> str | bool | None:
    """A setting as flake8's configuration would have it."""
    if name in _SWITCHES:
        return value if isinstance(value, bool) else None
    if name == _FILE:
        return value if isinstance(value, str) and value else None
    if isinstance(value, dict) and name == "per-file-ignores":
        pairs = [(pattern, _text("ignore", codes)) for pattern, codes in value.items()]
        return None if any(codes is None for _, codes in pairs) else " ".join(f"{key}:{codes}" for key, codes in pairs)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ",".join(value)
    return value if isinstance(value, str) else None


def _existing(folder: Path) -> Path:
    """A folder, or the nearest above it that is there: a new document's may not be yet."""
    return next((parent for parent in (folder, *folder.parents) if os.path.isdir(parent)), folder)


def _between(path: Path, folder: Path | None) -> list[Path]:
    """The folders that a file lies in, below the workspace's."""
    if folder is None:
        return []
    return [parent for parent in path.parents if parent != folder and parent.is_relative_to(folder)]
