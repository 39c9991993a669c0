"""Configuration files, found and read as data: flake8's, and the table of gradsafe in pyproject.toml.

Only regular files of a bounded size are read. One that is merely found, and is none, is passed over with a warning.
"""

from __future__ import annotations

import configparser
import io
import os
import re
import stat
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flake8_gradsafe.config.pyproject import TABLE, flake8_options
from flake8_gradsafe.source.files import Unreadable, read

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Bytes of the largest configuration that is read.
LARGEST = 2**20
FLAKE8_FILES = ("setup.cfg", "tox.ini", ".flake8")
PYPROJECT = "pyproject.toml"
_MARKS = (".git", ".hg")
_SECTIONS = ("flake8", "flake8:local-plugins")
# configparser takes the square of the length of a row of blanks.
_BLANKS = re.compile(r"(?<=\S)[^\S\n]{20,}")


class BadSettings(Exception):
    """An option or a configuration file that cannot be used: one line that names it."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A file's options, as flake8's section would have them. Relative paths in it start from the file's folder."""

    file: str
    options: configparser.RawConfigParser

    @property
    def folder(self) -> str:
        """The folder of the file."""
        return os.path.dirname(self.file)

    @property
    def is_ours(self) -> bool:
        """True if the file is for us alone, not for flake8."""
        return self.file.endswith(".toml")

    def where(self, name: str) -> str:
        """Return how a message names an option of the file."""
        return f"{self.file}: {f'{TABLE}.' if self.is_ours else ''}{name}"

    def has(self, name: str) -> bool:
        """True if the file has an option."""
        return self.options.has_option("flake8", name)


def named(file: str) -> list[Layer]:
    """The configuration of a file that the user names. Raises BadSettings."""
    try:
        data = read(file, LARGEST)
    except Unreadable as error:
        if not os.path.exists(file) or os.path.isdir(file):
            raise BadSettings(f"{file}: no such configuration file") from None
        raise BadSettings(f"{file}: {error.text}") from None
    if not file.endswith(".toml"):
        return [Layer(file, _parsed(file, data))]
    table = _table(file, data)
    if table is None:
        raise BadSettings(f"{file}: there is no table [tool.gradsafe]")
    return [table]


def nearest(start: str) -> tuple[list[Layer], list[str]]:
    """The configuration files that hold in a folder, what goes before last; and warnings of what was passed over.

    flake8's is the nearest with a section of flake8, and ours the nearest pyproject.toml with a table of ours: there, or in a
    folder above that is not the user's home. One that is ours and broken raises BadSettings, if it lies in the same repository.
    """
    warnings: list[str] = []
    flake8: Layer | None = None
    ours: Layer | None = None
    for folder, here in _folders_above(os.path.abspath(start)):
        flake8 = flake8 or next(_usable(folder, FLAKE8_FILES, here, warnings), None)
        ours = ours or next(_usable(folder, (PYPROJECT,), here, warnings), None)
    return [layer for layer in (flake8, ours) if layer is not None], warnings


def _folders_above(start: str) -> Iterator[tuple[str, bool]]:
    """A folder and those above it, as far as flake8 looks; and whether each belongs to the same repository."""
    home = os.path.realpath(os.path.expanduser("~"))
    folder, here = start, True
    while True:
        yield folder, here
        here = here and not any(os.path.exists(os.path.join(folder, mark)) for mark in _MARKS)
        parent = os.path.dirname(folder)
        if parent == folder or os.path.realpath(parent) == home:
            return
        folder = parent


def _usable(folder: str, names: tuple[str, ...], here: bool, warnings: list[str]) -> Iterator[Layer]:
    """Yield the files of a folder that hold a configuration for us."""
    for name in names:
        file = os.path.join(folder, name)
        try:
            layer = _found(file, warnings)
        except BadSettings:
            if here:
                raise
            continue
        if layer is not None:
            yield layer


def _found(file: str, warnings: list[str]) -> Layer | None:
    try:
        data = read(file, LARGEST)
    except Unreadable as error:
        if _is_special(file) or _is_large(file):
            warnings.append(f"{file}: passed over: {error.text}")
        elif os.path.isfile(file):
            raise BadSettings(f"{file}: {error.text}") from None
        return None
    if file.endswith(".toml"):
        return _table(file, data)
    if b"[flake8" not in data:
        return None
    options = _parsed(file, data)
    return Layer(file, options) if any(section in options for section in _SECTIONS) else None


def _is_special(file: str) -> bool:
    """True if a file is a pipe, a device or the like."""
    with suppress(OSError):
        mode = os.stat(file).st_mode
        return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)
    return False


def _is_large(file: str) -> bool:
    with suppress(OSError):
        return os.path.getsize(file) > LARGEST
    return False


def _parsed(file: str, data: bytes) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser()
    try:
        text = io.TextIOWrapper(io.BytesIO(data), encoding="UTF-8").read()
        parser.read_string(_BLANKS.sub(" ", text), source=file)
    except (configparser.Error, UnicodeDecodeError) as error:
        raise BadSettings(f"{file}: {' '.join(str(error).split())}") from None
    return parser


def _table(file: str, data: bytes) -> Layer | None:
    try:
        options = flake8_options(data)
    except ValueError as error:
        raise BadSettings(f"{file}: {error}") from None
    if options is None:
        return None
    parser = configparser.RawConfigParser()
    parser["flake8"] = options
    return Layer(file, parser)
