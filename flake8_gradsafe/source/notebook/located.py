"""JSON with the places of the texts in it, so that one of them can be replaced and all else stays byte for byte."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

#: Reads the value that begins at an offset of a JSON text: the value, and the offset behind it.
Reader = Callable[[str, int], tuple[Any, int]]

_SPACE = re.compile(r"[ \t\n\r]*")
# Python refuses to read whole numbers of thousands of digits. No number of a notebook is used but that of its format.
_DECODER = json.JSONDecoder(parse_int=float)


@dataclass(frozen=True, slots=True)
class Located:
    """A string, or a list of strings that are one text. `strings` are the raw stretches between their quotes."""

    value: str
    strings: tuple[tuple[int, int], ...]
    is_list: bool

    @property
    def stretch(self) -> tuple[int, int]:
        """The stretch from behind the first quote to the last one."""
        return self.strings[0][0], self.strings[-1][1]


def read(text: str, reader: Reader) -> Any:
    """The value of a whole JSON text. Raises json.JSONDecodeError, and RecursionError where it nests too deep."""
    value, end = reader(text, _after_space(text, 1 if text.startswith("\ufeff") else 0))
    if _after_space(text, end) != len(text):
        raise json.JSONDecodeError("Extra data", text, end)
    return value


def anything(text: str, at: int) -> tuple[Any, int]:
    """Any value, without places."""
    return _DECODER.raw_decode(text, at)


def object_of(readers: Mapping[str, Reader]) -> Reader:
    """Return a reader of an object, some of whose members are read in their own way. Anything else is read as it comes."""

    def reader(text: str, at: int) -> tuple[Any, int]:
        if text[at : at + 1] != "{":
            return anything(text, at)
        found: dict[str, Any] = {}
        at = _after_space(text, at + 1)
        if text[at : at + 1] == "}":
            return found, at + 1
        while True:
            if text[at : at + 1] != '"':
                raise json.JSONDecodeError("Expecting property name enclosed in double quotes", text, at)
            key, at = scanstring(text, at + 1)
            at = _behind(text, at, ":", "Expecting ':' delimiter")
            found[key], at = readers.get(key, anything)(text, at)
            at = _after_space(text, at)
            if text[at : at + 1] == "}":
                return found, at + 1
            at = _behind(text, at, ",", "Expecting ',' delimiter")

    return reader


def array_of(item: Reader) -> Reader:
    """Return a reader of an array of such items. Anything else is read as it comes."""

    def reader(text: str, at: int) -> tuple[Any, int]:
        if text[at : at + 1] != "[":
            return anything(text, at)
        found: list[Any] = []
        at = _after_space(text, at + 1)
        if text[at : at + 1] == "]":
            return found, at + 1
        while True:
            value, at = item(text, at)
            found.append(value)
            at = _after_space(text, at)
            if text[at : at + 1] == "]":
                return found, at + 1
            at = _behind(text, at, ",", "Expecting ',' delimiter")

    return reader


def located(text: str, at: int) -> tuple[Any, int]:
    """Return a reader of a text with its places.

    Anything else is read as it comes; in an empty list, nothing could be replaced.
    """
    if text[at : at + 1] == '"':
        (value, stretch), end = _string(text, at)
        return Located(value, (stretch,), is_list=False), end
    found, end = array_of(_string)(text, at)
    if isinstance(found, list) and found and all(isinstance(item, tuple) for item in found):
        return Located("".join(value for value, _ in found), tuple(stretch for _, stretch in found), is_list=True), end
    return found, end


def _string(text: str, at: int) -> tuple[Any, int]:
    if text[at : at + 1] != '"':
        return anything(text, at)
    value, end = scanstring(text, at + 1)
    return (value, (at + 1, end - 1)), end


def _behind(text: str, at: int, mark: str, complaint: str) -> int:
    at = _after_space(text, at)
    if text[at : at + 1] != mark:
        raise json.JSONDecodeError(complaint, text, at)
    return _after_space(text, at + 1)


def _after_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return at if match is None else match.end()
