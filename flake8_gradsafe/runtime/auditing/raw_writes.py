"""Writes to a tensor's memory that PyTorch does not see: the lines behind which it holds something else."""

import sys
from collections.abc import Callable
from contextlib import ExitStack
from types import FrameType
from typing import Any

from flake8_gradsafe.runtime.auditing.places import Line, is_users

#: Hand out a tensor's memory, or take memory that others have.
EXPORTING = frozenset(
    {"numpy", "__array__", "__dlpack__", "from_numpy", "from_dlpack", "frombuffer", "as_tensor", "asarray"}
    | {"data_ptr", "storage", "untyped_storage"}
)


class LineTrace(ExitStack):
    """Looks at memory that others have a hand in after each line of the user's program, once there is any.

    Where something else traces the program already, a debugger or a measurement of coverage, it does not. `reached` are the
    lines that it came by.
    """

    def __init__(self, look: Callable[[Line], None]) -> None:
        """Call `look` behind each line, with that line."""
        super().__init__()
        self._look = look
        self._last: Line | None = None
        self._begun = False
        self.reached: set[Line] = set()

    def begin(self) -> None:
        """Begin to look, from the line that runs now."""
        if self._begun or sys.gettrace() is not None:
            return
        self._begun = True
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            if is_users(frame.f_code.co_filename):
                self._last = self._last or Line(frame.f_code.co_filename, frame.f_lineno)
                frame.f_trace = self._trace
                self.callback(setattr, frame, "f_trace", None)
            frame = frame.f_back
        sys.settrace(self._trace)
        self.callback(sys.settrace, None)

    def _trace(self, frame: FrameType, event: str, _: Any) -> Any:
        if not is_users(frame.f_code.co_filename):
            return None
        if self._last is not None:
            self.reached.add(self._last)
            self._look(self._last)
        self._last = Line(frame.f_code.co_filename, frame.f_lineno)
        return self._trace
