"""The table of what a loss trains: as text, in Markdown, and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flake8_gradsafe.loss_report import Kind, Verdict
from flake8_gradsafe.report.outcome import printable
from flake8_gradsafe.rules.wording import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from flake8_gradsafe.loss_report import Answer, GradientState, Line, LossReport, ParameterRow, Reason

    #: The words for a line, of another file where a path is given with it.
    Called = Callable[[int, str], str]
    #: A line as JSON has it, of another file where a path is given with it.
    Placed = Callable[[int, str], dict[str, Any]]

#: What a table is about, and what its second and its last column tell.
_TITLES = {
    Kind.LOSS: ("What {name} trains, where it is differentiated:", "reached", "gradient so far"),
    Kind.BACKWARD: ("What this backward trains:", "reached", "gradient afterwards"),
    Kind.GRAD: (
        "What is differentiated here; the gradients are given back, and no .grad changes:",
        "reached",
        "gradient in .grad",
    ),
    Kind.STEP: ("What this step holds, and what it leaves:", "held", "gradient before"),
    Kind.CLEARING: ("What is cleared here, and what is left:", "cleared", "gradient afterwards"),
}
_ROUNDS = "Of the loop around it the first rounds were followed; those after them are taken to be like them."
_EMPTY = "no parameter is in sight: the models, or the code around this line, are elsewhere"


def as_text(reports: Iterable[LossReport], called: Called) -> list[str]:
    """The lines of all tables, each with a title, and an empty line before it."""
    lines: list[str] = []
    for report in reports:
        lines += ["", _title(report)]
        lines += _aligned(_cells(report, report.rows, called)) if report.rows else [f"  {_EMPTY}"]
        lines += [f"  {_ROUNDS}"] if report.in_loop and report.rows else []
    return lines


def as_markdown(reports: Iterable[LossReport], called: Called, most: int) -> list[str]:
    """Each table as a part in Markdown, with no more rows than `most`; what has no rows is left out."""
    return [_markdown(report, called, most) for report in reports if report.rows]


def as_objects(reports: Iterable[LossReport], placed: Placed) -> list[dict[str, Any]]:
    """The tables as JSON has them."""
    return [
        {
            "kind": report.kind.value,
            "name": report.name or None,
            "in_loop": report.in_loop,
            "parameters": [_object(report, row, placed) for row in report.rows],
        }
        for report in reports
    ]


def _title(report: LossReport) -> str:
    return _TITLES[report.kind][0].format(name=f"`{printable(report.name)}`")


def _cells(report: LossReport, rows: Iterable[ParameterRow], called: Called) -> list[list[str]]:
    _, reached, gradient = _TITLES[report.kind]
    head = ["parameters", reached, "requires grad", "held by", gradient]
    return [head, *([printable(cell) for cell in _row(row, report, called)] for row in rows)]


def _row(row: ParameterRow, report: LossReport, called: Called) -> Iterator[str]:
    many = f"{row.count} or more" if row.may_be_more else str(row.count)
    yield row.name if row.count in {1, None} else f"{row.name} ({many})"
    yield _answer(row.reached, called)
    yield _answer(row.requires_grad, called)
    yield _holders(row)
    first, later = _gradients(row.gradient, called), _gradients(row.later, called)
    yield f"first round: {first}; later: {later}" if later not in {"", first} else first


def _answer(answer: Answer, called: Called) -> str:
    reasons = "; ".join(_reason(reason, called) for reason in answer.reasons)
    if not reasons:
        return answer.verdict.value
    if answer.verdict is Verdict.IF:
        return f"{answer.verdict.value} {' or '.join(_reason(reason, called) for reason in answer.reasons)}"
    if answer.verdict is Verdict.SOME:
        return f"{answer.verdict.value}; else {reasons}"
    return f"{answer.verdict.value}, {reasons}"


def _reason(reason: Reason, called: Called) -> str:
    return reason.text if reason.line is None else f"{reason.text} ({called(*reason.line)})"


def _holders(row: ParameterRow) -> str:
    holders = [*row.optimizers, *(f"{name} on some paths" for name in row.sometimes)]
    if holders:
        return listed(holders)
    return "none in sight" if row.others_may else "none"


def _gradients(states: Iterable[GradientState], called: Called) -> str:
    return " or ".join(dict.fromkeys(_gradient(state, called) for state in states))


def _gradient(state: GradientState, called: Called) -> str:
    if not state.is_known:
        return "unknown"
    notes = []
    if state.is_assumed:
        several = len(state.backwards) > 1 or state.is_repeated
        notes.append("if all of them reach it" if several else "if it is reached")
    if not state.exists and state.cleared is not None:
        notes.append(f"cleared in {called(*state.cleared)}")
    if state.clipped is not None:
        notes.append(f"clipped in {called(*state.clipped)}")
    if state.used is not None:
        step = f"the step of {called(*state.used)}"
        notes.append(f"in part used by {step}" if state.is_newer else f"used by {step}")
    return f"{_sum(state, called)} ({', '.join(notes)})" if notes else _sum(state, called)


def _sum(state: GradientState, called: Called) -> str:
    """What a gradient is the sum of."""
    if state.may_be_older and not state.exists:
        return "unknown, none from here"
    if not state.exists:
        return "none" if state.is_in_sight else "none in sight"
    if state.zeroed is not None and not state.backwards:
        return f"zero, set in {called(*state.zeroed)}"
    if state.assigned is not None:
        text = f"set in {called(*state.assigned)}"
        return f"{text}, and added to by {_lines(state.backwards, called)}" if state.backwards else text
    if len(state.backwards) > 1 or state.is_repeated:
        text = f"accumulated from {_lines(state.backwards, called)}"
        text += " of several rounds" if state.is_repeated else ""
    else:
        text = f"fresh from {called(*state.backwards[0])}"
    return f"{text}, and perhaps from an earlier call" if state.may_be_older else text


def _lines(lines: Iterable[Line], called: Called) -> str:
    words = [called(*line) for line in lines]
    numbers = [word.removeprefix("line ") for word in words]
    return f"lines {listed(numbers)}" if len(numbers) > 1 and all(map(str.isdigit, numbers)) else listed(words)


def _aligned(table: list[list[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    return [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table
    ]


def _markdown(report: LossReport, called: Called, most: int) -> str:
    head, *rows = _cells(report, report.rows[:most], called)
    lines = [_title(report), "", _in_bars(head), _in_bars(["---"] * len(head))]
    lines += [_in_bars([f"`{row[0]}`", *row[1:]]) for row in rows]
    left = len(report.rows) - most
    return "\n".join([*lines, *(["", f"and {left} more"] if left > 0 else [])])


def _in_bars(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _object(report: LossReport, row: ParameterRow, placed: Placed) -> dict[str, Any]:
    asked = _TITLES[report.kind][1]
    return {
        "name": row.name,
        "count": row.count,
        "may_be_more": row.may_be_more,
        asked: _answer_object(row.reached, placed),
        "requires_grad": _answer_object(row.requires_grad, placed),
        "held_by": list(row.optimizers),
        "held_on_some_paths_by": list(row.sometimes),
        "others_may_hold_it": row.others_may,
        "gradient": [_state_object(state, placed) for state in row.gradient],
        "gradient_in_later_rounds": [_state_object(state, placed) for state in row.later],
    }


def _answer_object(answer: Answer, placed: Placed) -> dict[str, Any]:
    reasons = [{"text": reason.text, "place": _place(reason.line, placed)} for reason in answer.reasons]
    return {"answer": answer.verdict.value, "reasons": reasons}


def _state_object(state: GradientState, placed: Placed) -> dict[str, Any]:
    return {
        "known": state.is_known,
        "exists": state.exists,
        "from": [placed(*line) for line in state.backwards],
        "several_rounds": state.is_repeated,
        "cleared": _place(state.cleared, placed),
        "set": _place(state.assigned, placed),
        "zeroed": _place(state.zeroed, placed),
        "clipped": _place(state.clipped, placed),
        "used": _place(state.used, placed),
        "added_to_since_it_was_used": state.is_newer,
        "if_all_reach_it": state.is_assumed,
        "may_be_older": state.may_be_older,
        "in_sight": state.is_in_sight,
    }


def _place(line: Line | None, placed: Placed) -> dict[str, Any] | None:
    return None if line is None else placed(*line)
