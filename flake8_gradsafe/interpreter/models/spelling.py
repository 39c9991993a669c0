"""Names of attributes that are computed while the program runs: `getattr(module, self.name + "_u")`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.interpreter.domain.constants import MAX_TEXT
from flake8_gradsafe.interpreter.domain.facts import SpelledAs
from flake8_gradsafe.interpreter.domain.values import Literal, Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_gradsafe.interpreter.domain.state import State


def spelling_of(value: Value | None, state: State) -> str | None:
    """The name that a value gives an attribute: a known string, or what stands for one that is not; else None."""
    if isinstance(value, Literal):
        return value.value if isinstance(value.value, str) else None
    spelled = state.heap.fact(value.id, SpelledAs) if isinstance(value, Unknown) else None
    return None if spelled is None else spelled.text


def spelled_together(parts: Iterable[Value], state: State) -> Value:
    """The text that parts make up, of which some are not known. The same parts make up the same text."""
    parts = tuple(parts)
    texts = [text for part in parts if (text := _part(part, state)) is not None]
    if len(texts) < len(parts) or sum(map(len, texts)) > MAX_TEXT:
        return state.text()
    if all(isinstance(part, Literal) for part in parts):
        return Literal("".join(texts))
    made = state.text()
    state.heap.note(made.id, SpelledAs("".join(texts)))
    return made


def _part(value: Value, state: State) -> str | None:
    text = spelling_of(value, state)
    if text is None and isinstance(value, Unknown) and state.known_tensor(value) is None:
        return f"({value.id})"  # no name is written so
    return str(value.value) if isinstance(value, Literal) else text


def formatted(template: str, given: tuple[Value, ...], mark: str, state: State) -> Value:
    """What `%` or `format` makes of a template and as many values as it has marks; otherwise nothing is known of the text."""
    texts = template.split(mark)
    if len(texts) != len(given) + 1 or any(set("%{}") & set(text) for text in texts):
        return state.text()
    parts: list[Value] = [Literal(texts[0])]
    for value, text in zip(given, texts[1:], strict=True):
        parts += [value, Literal(text)]
    return spelled_together(parts, state)
