"""Which line of the user's program is running."""

import functools
import linecache
import os
import sys
from pathlib import Path
from types import FrameType
from typing import NamedTuple

import torch

_TORCH = os.path.dirname(os.path.abspath(torch.__file__))
_TOOLS = tuple(
    folder + os.sep
    for folder in (_TORCH, os.path.join(os.path.dirname(_TORCH), "numpy"), str(Path(__file__).resolve().parents[2]))
)


class Line(NamedTuple):
    """A line of a program: its file, and its number from 1."""

    file: str
    number: int

    @property
    def text(self) -> str:
        """What stands there, without its indentation and comment; empty where the file cannot be read."""
        return linecache.getline(self.file, self.number).partition("  #")[0].strip()

    def __str__(self) -> str:
        """The file, below the working folder by its name from there, and the number."""
        shown = os.path.relpath(self.file) if self.file.startswith(os.getcwd() + os.sep) else self.file
        return f"{shown}:{self.number}"


#: Stands for a line where no frame of the user's is running: on a thread of backward, say.
NOWHERE = Line("<unknown>", 0)


def running_line() -> Line:
    """The line of the innermost frame that belongs neither to PyTorch nor to gradsafe."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and not is_users(frame.f_code.co_filename):
        frame = frame.f_back
    return NOWHERE if frame is None else Line(frame.f_code.co_filename, frame.f_lineno)


@functools.cache
def is_users(file: str) -> bool:
    """Whether a file is one of the user's, or of a library that the user calls: not PyTorch's, NumPy's or ours."""
    return file == "<stdin>" or not (file.startswith((*_TOOLS, "<")) or file.endswith(f"{os.sep}contextlib.py"))
