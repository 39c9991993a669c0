"""Pictures of memory, as SVG: each tensor beside its node, its version counter and its storage, as the model has them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

from website.memory import Check, after

if TYPE_CHECKING:
    from website.memory import Memory, NodeBox, TensorBox

_WIDTH = 760
_ROW = 78
_TOP = 34
#: Where each column begins, and how wide it is.
_NODES, _TENSORS, _COUNTERS, _STORAGES = (14, 226), (286, 178), (500, 76), (618, 128)
_HEADS = (
    ("nodes of the graph", _NODES),
    ("tensors", _TENSORS),
    ("version counters", _COUNTERS),
    ("storages", _STORAGES),
)
_BOX = 54
#: How far below the top of a box its title stands, by the lines that follow.
_TITLES = (32, 23, 18)
_ARROW = (
    '<marker id="m-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    '<path class="m-tip" d="M0 0L8 4L0 8z"/></marker>'
)


def memory(source: str, line: int | None = None) -> str:
    """What there is once a line of a program has run, by default the last one: drawn, in one line of HTML."""
    return _Drawing(after(source, line)).svg()


@dataclass
class _Drawing:
    """A picture as it is drawn, row by row."""

    shown: Memory
    lines: list[str] = field(default_factory=list)
    boxes: list[str] = field(default_factory=list)

    def svg(self) -> str:
        """The whole picture."""
        rows = self._rows()
        height = _TOP + _ROW * len(rows) + 4
        nodes = {row.node.id: number for number, row in enumerate(rows) if row.node is not None}
        tensors = {row.tensor.ref: number for number, row in enumerate(rows) if row.tensor is not None}
        heads = _HEADS if nodes else _HEADS[1:]
        left_edge = 0 if nodes else _TENSORS[0] - 14
        self.boxes += [_text("head", left + width / 2, 18, words) for words, (left, width) in heads]
        for number, row in enumerate(rows):
            if row.node is not None:
                self._node(row.node, number, nodes, tensors)
            if row.tensor is not None:
                self._tensor(row.tensor, number, linked=row.node is not None)
        self._counters_and_storages(rows)
        body = "".join([*self.lines, *self.boxes])
        told = escape(self._told(), quote=True)
        size = f'width="{_WIDTH - left_edge}" viewBox="{left_edge} 0 {_WIDTH - left_edge} {height}"'
        head = f'<svg {size} role="img" aria-label="{told}">'
        return f'<figure class="memory">{head}<defs>{_ARROW}</defs>{body}</svg></figure>'

    def _rows(self) -> list[_Row]:
        """A row for each tensor, with its node beside it, and one for each node of a tensor without a name."""
        nodes = {node.id: node for node in self.shown.nodes}
        owned = {tensor.node for tensor in self.shown.tensors}
        rows = [_Row(each.ref, each, nodes.get(each.node or 0)) for each in self.shown.tensors]
        rows += [_Row(node.id, None, node) for node in nodes.values() if node.id not in owned]
        return sorted(rows, key=lambda row: row.made)

    def _told(self) -> str:
        """The picture for those who do not see it."""
        said = [
            f"{' and '.join(each.names)}: {_grad(each)}, storage {self.letter(each.storage)}, {self._counted(each)}"
            for each in self.shown.tensors
        ]
        said += [f"{node.name}: {', '.join(_kept(node, self))}" for node in self.shown.nodes]
        return ". ".join(said)

    def _counted(self, tensor: TensorBox) -> str:
        return (
            "nothing counts its writes" if tensor.counter is None else f"version {self.shown.versions[tensor.counter]}"
        )

    def letter(self, storage: int) -> str:
        """What a storage is called in the picture."""
        storages = list(dict.fromkeys(tensor.storage for tensor in self.shown.tensors))
        return chr(ord("A") + storages.index(storage)) if storage in storages else "without a name"

    def _box(self, column: tuple[int, int], row: float, kind: str, title: str, *below: str) -> None:
        left, width = column
        middle, top = left + width / 2, _middle(row) - _BOX / 2
        self.boxes.append(f'<rect class="m-box m-{kind}" x="{left}" y="{top}" width="{width}" height="{_BOX}" rx="7"/>')
        self.boxes.append(_text("name", middle, top + _TITLES[len(below)], title))
        for number, line in enumerate(below):
            self.boxes.append(_text("small", middle, top + 40 - 6 * (len(below) - 1) + 14 * number, line))

    def _node(self, node: NodeBox, row: int, nodes: dict[int, int], tensors: dict[int, int]) -> None:
        worst = max((saved.check for saved in node.saves), key=list(Check).index, default=Check.SAME)
        self._box(_NODES, row, f"node m-{worst.name.lower()}", node.name, *_kept(node, self))
        for target in node.edges:
            if target in nodes:
                self._arrow(row, nodes[target])
        for leaf in node.leaves:
            if leaf in tensors:
                self._line(_right(_NODES), _middle(row) - 14, _TENSORS[0], _middle(tensors[leaf]) + 12, "m-passes")

    def _arrow(self, start: int, end: int) -> None:
        left, begin, stop = _NODES[0] + 24, _middle(start) - _BOX / 2, _middle(end) + _BOX / 2
        if end == start - 1:
            self.lines.append(f'<path class="m-line m-passes" d="M{left} {begin}L{left} {stop + 2}"/>')
        else:
            side = 3
            self.lines.append(
                f'<path class="m-line m-passes" d="M{_NODES[0]} {_middle(start)}H{side}V{_middle(end)}H{_NODES[0] - 1}"/>'
            )

    def _tensor(self, tensor: TensorBox, row: int, *, linked: bool) -> None:
        kind = "tensor m-grad" if tensor.requires_grad else "tensor"
        self._box(_TENSORS, row, kind, ", ".join(tensor.names), _grad(tensor))
        if linked:
            self._line(_right(_NODES), _middle(row), _TENSORS[0], _middle(row), "m-has")

    def _counters_and_storages(self, rows: list[_Row]) -> None:
        counters: dict[int, list[int]] = {}
        storages: dict[int, list[int]] = {}
        for number, row in enumerate(rows):
            if row.tensor is not None:
                storages.setdefault(row.tensor.storage, []).append(number)
                if row.tensor.counter is not None:
                    counters.setdefault(row.tensor.counter, []).append(number)
        place = {storage: _middle(sum(those) / len(those)) for storage, those in storages.items()}
        for number, row in enumerate(rows):
            if row.tensor is not None and row.tensor.counter is None:
                self._line(_right(_TENSORS), _middle(number), _STORAGES[0], place[row.tensor.storage], "m-uncounted")
        storage_of = {row.tensor.counter: row.tensor.storage for row in rows if row.tensor is not None}
        for counter, (first, *others) in counters.items():
            self._box(_COUNTERS, first, "counter", str(self.shown.versions[counter]))
            for number in (first, *others):
                self._line(_right(_TENSORS), _middle(number), _COUNTERS[0], _middle(first), "m-has")
            self._line(_right(_COUNTERS), _middle(first), _STORAGES[0], place[storage_of[counter]], "m-has")
        for storage, those in storages.items():
            times = self.shown.writes[storage]
            below = {0: "never written", 1: "written once", 2: "written twice"}.get(times, f"written {times} times")
            self._box(_STORAGES, sum(those) / len(those), "storage", f"storage {self.letter(storage)}", below)

    def _line(self, left: float, top: float, right: float, bottom: float, kind: str) -> None:
        half = (left + right) / 2
        self.lines.append(
            f'<path class="m-line {kind}" d="M{left} {top}C{half} {top} {half} {bottom} {right} {bottom}"/>'
        )


@dataclass(frozen=True)
class _Row:
    """A tensor and its node, or one of them, and when it was made."""

    made: int
    tensor: TensorBox | None
    node: NodeBox | None


def _right(column: tuple[int, int]) -> int:
    return column[0] + column[1]


def _text(kind: str, left: float, top: float, words: str) -> str:
    return f'<text class="m-{kind}" x="{left}" y="{top}" text-anchor="middle">{escape(words)}</text>'


def _middle(row: float) -> float:
    return _TOP + _ROW * row + _ROW / 2


def _grad(tensor: TensorBox) -> str:
    if not tensor.requires_grad:
        return "requires no grad"
    return "leaf, requires grad" if tensor.node is None else "computed, in the graph"


def _kept(node: NodeBox, drawing: _Drawing) -> tuple[str, ...]:
    """What a node has saved, and what has become of that."""
    if not node.saves:
        return ("saves nothing",)
    saved = max(node.saves, key=lambda each: list(Check).index(each.check))
    known = drawing.letter(saved.storage)
    where = "its result" if known == "without a name" else f"storage {known}"
    told = {
        Check.SAME: "",
        Check.REFUSED: "since written: backward raises",
        Check.UNSEEN: "since written, and not counted",
    }[saved.check]
    return tuple(filter(None, (f"saved {where} at version {saved.version}", told)))
