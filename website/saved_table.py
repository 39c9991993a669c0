"""What PyTorch saves for backward, operator by operator, as a table that a page can filter."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import Reads
from flake8_gradsafe.autograd.operators import OpRef, operator_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flake8_gradsafe.autograd.operators import OpBehaviour, Operator, SavedSlot

_READS = {
    Reads.VALUE: "",
    Reads.MAGNITUDE: " (backward reads its magnitudes)",
    Reads.SIGN: " (backward reads only its signs)",
    Reads.SHAPE: " (backward reads only its shape)",
}
_KINDS = {
    "T": "tensor",
    "I": "integers",
    "B": "booleans",
    "L": "list of tensors",
    "n": "number",
    "t": "numbers",
    "s": "text",
    "d": "dtype",
    "o": "anything else",
    "(t)": "[numbers]",
}
#: What stands in the brackets of a subscript.
_INDEX = {
    "S": ":",
    "E": "...",
    "N": "None",
    "T": "tensor",
    "I": "integers",
    "B": "booleans",
    "n": "number",
    "t": "[numbers]",
}


def table() -> str:
    """The whole table, with the field that filters it, as HTML without an empty line."""
    operators = sorted(operator_table().rows.values(), key=lambda each: _short(each.name).lower())
    rows = [row for operator in operators for row in _rows(operator)]
    head = "".join(
        f"<th>{each}</th>" for each in ("operator", "called with", "saves for backward", "its result shares memory")
    )
    return (
        '<div class="saved-filter"><label for="saved-filter">Operator</label>'
        '<input id="saved-filter" type="search" placeholder="sigmoid" autocomplete="off" spellcheck="false">'
        f'<output id="saved-count" for="saved-filter">{len(rows)} rows</output></div>'
        f'<div class="saved-scroll"><table id="saved-table"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _short(name: str) -> str:
    return name.rpartition(".")[2]


def _rows(operator: Operator) -> Iterator[str]:
    """A row for each way in which calls of an operator differ; calls with complex numbers are left out."""
    for inplace, forms in ((False, operator.forms), (True, operator.inplace_forms)):
        ways: dict[tuple[str, str], list[str]] = {}
        for form in sorted(forms, key=lambda form: (len(form), form)):
            behaviour = operator_table().behaviour(OpRef(operator, inplace=inplace), form)
            if behaviour is not None and not {"C", "j"} & {part.rpartition(":")[2] for part in form.split(",")}:
                ways.setdefault((_saves(behaviour), _shares(behaviour)), []).append(form)
        name = _short(operator.name) + ("_" if inplace and not operator.name.endswith("_") else "")
        for (saved, shared), alike in ways.items():
            cells = (f"<code>{escape(name)}</code>", _called_with(alike), saved, shared)
            yield f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _called_with(forms: list[str]) -> str:
    """The shortest of some forms of a call in words, and how many others are like it."""
    parts = [part.rpartition(":") for part in forms[0].split(",")]
    told = ", ".join(f"{escape(name)}: {escape(_argument(kind))}" if name else escape(kind) for name, _, kind in parts)
    others = f" <small>and {len(forms) - 1} more</small>" if len(forms) > 1 else ""
    return told + others


def _argument(kind: str) -> str:
    """What an argument is, by its letter; of a subscript, what it is made of."""
    if kind in _KINDS:
        return _KINDS[kind]
    if kind.startswith("("):
        return f"[{', '.join(_INDEX.get(letter, letter) for letter in kind[1:-1])}]"
    return _INDEX.get(kind, kind)


def _saves(behaviour: OpBehaviour) -> str:
    if not behaviour.differentiable:
        return "nothing: no gradient passes"
    return "; ".join(_saved(slot, behaviour) for slot in behaviour.saves) or "nothing"


def _saved(slot: SavedSlot, behaviour: OpBehaviour) -> str:
    kind, _, number = slot.what.partition(".")
    what = f"<code>{escape(slot.what)}</code>"
    if kind == "output":
        what = "<strong>its result</strong>" if behaviour.count == 1 else f"<strong>result {int(number) + 1}</strong>"
    if not slot.whole:
        what += " (some of it is read)"
    what += _READS[slot.reads]
    if slot.when and set(slot.when) != set(behaviour.needs):
        what += f" if {' or '.join(f'<code>{escape(each)}</code>' for each in slot.when)} requires grad"
    if not slot.checked:
        what += ", unchecked"
    return what if slot.sure else f"{what}, not always"


def _shares(behaviour: OpBehaviour) -> str:
    told = []
    for alias in behaviour.aliases:
        how = "is" if alias.same else "shares the memory of"
        told.append(f"{'' if alias.sure else 'may be: '}{how} <code>{escape(alias.parameter)}</code>")
    return "; ".join(dict.fromkeys(told)) or "no"
