"""Open documents: each change is examined a little later, and only the newest text's examination counts."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING

from flake8_gradsafe.server.parts import Part
from flake8_gradsafe.server.uris import name

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from flake8_gradsafe.server.analysis import DocumentAnalysis

#: Seconds without a change before a text is examined.
DELAY = 0.2


@dataclass
class Opened:
    """An open document: its newest text, and what was last found in a text of it that could be read.

    `serial` numbers the examinations of all documents, so that none is taken for one of a document that was closed.
    `cells` are those of a notebook, `edited` the one that was changed last. `told`: that it is too long.
    """

    uri: str
    version: int
    text: str
    cells: tuple[Part, ...] | None = None
    edited: str | None = None
    told: bool = False
    examination: DocumentAnalysis | None = None
    serial: int = 0
    work: asyncio.Task[None] | None = field(default=None, repr=False)
    waits: bool = False

    @property
    def current(self) -> DocumentAnalysis | None:
        """The findings of the newest text, if it could be read."""
        examination = self.examination
        return examination if examination is not None and examination.text == self.text else None

    @cached_property
    def file(self) -> str:
        """Its file, links followed."""
        return os.path.realpath(name(self.uri))

    @property
    def parts(self) -> tuple[Part, ...]:
        """The documents as the client sees them."""
        return (Part(self.uri, self.version, self.text),) if self.cells is None else self.cells


class Documents:
    """The open documents, by their URIs."""

    def __init__(
        self,
        examine: Callable[[Opened], Awaitable[DocumentAnalysis]],
        done: Callable[[Opened, DocumentAnalysis], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """`examine` finds what is in a document; `done` is told of each examination of a newest text."""
        self._examine = examine
        self._done = done
        self._failed = failed
        self._opened: dict[str, Opened] = {}
        self._notebooks: dict[str, str] = {}
        self._serials = count(1)

    def __iter__(self) -> Iterator[Opened]:
        return iter(list(self._opened.values()))

    def open(self, uri: str, version: int, text: str, cells: tuple[Part, ...] | None = None) -> None:
        """Take a document, or a notebook with its cells, and examine it at once."""
        self.close(uri)
        self._opened[uri] = Opened(uri, version, text)
        self._take_cells(self._opened[uri], cells)
        self._start(self._opened[uri], 0)

    def change(
        self, uri: str, version: int, text: str, cells: tuple[Part, ...] | None = None, edited: str | None = None
    ) -> None:
        """Take a newer text of a document, or newer cells of a notebook, of which one was `edited`."""
        document = self._opened.get(uri)
        if document is not None:
            document.version, document.text, document.edited = version, text, edited
            self._take_cells(document, cells)
            self._start(document, DELAY)

    def _take_cells(self, document: Opened, cells: tuple[Part, ...] | None) -> None:
        for part in document.cells or ():
            self._notebooks.pop(part.uri, None)
        document.cells = cells
        self._notebooks.update((part.uri, document.uri) for part in cells or ())

    def again(self, document: Opened) -> None:
        """Examine a document once more, because something else has changed."""
        self._start(document, 0)

    def renew(self, document: Opened, examination: DocumentAnalysis) -> None:
        """Take more of what is found in a document's newest text."""
        document.examination = examination
        document.serial = next(self._serials)

    def close(self, uri: str) -> None:
        """Forget a document."""
        document = self._opened.pop(uri, None)
        if document is not None:
            self._take_cells(document, None)
            if document.work is not None:
                document.work.cancel()

    def get(self, uri: str) -> Opened | None:
        """A document, or the notebook that a cell belongs to, as it is known at this moment."""
        return self._opened.get(self._notebooks.get(uri, uri))

    async def examined(self, uri: str, *, hurry: bool = False) -> Opened | None:
        """A document, once its newest text has been examined. `hurry`: somebody waits for it."""
        while (document := self.get(uri)) is not None and document.work is not None:
            if hurry and document.waits:
                self._start(document, 0)
            await asyncio.wait({document.work})
        return document

    def _start(self, document: Opened, delay: float) -> None:
        if document.work is not None:
            document.work.cancel()
        document.waits = delay > 0
        document.work = asyncio.create_task(self._work(document, delay))

    async def _work(self, document: Opened, delay: float) -> None:
        await asyncio.sleep(delay)
        document.waits = False
        try:
            # A newer text cancels this, also where the worker has it already.
            examination = await self._examine(document)
            if not examination.unreadable:
                self.renew(document, examination)
            self._done(document, examination)
        except Exception as error:  # noqa: BLE001
            self._failed(error)
        document.work = None
