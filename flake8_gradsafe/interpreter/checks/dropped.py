"""Gradients that are cleared for each part of a batch, while a step comes once for several parts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import Premise
from flake8_gradsafe.idioms.accumulation import Counting
from flake8_gradsafe.interpreter.domain.facts import LatestGradient, UnusedGradient
from flake8_gradsafe.interpreter.events import ClearedTooEarly
from flake8_gradsafe.interpreter.paths.premises import if_trained, with_path
from flake8_gradsafe.interpreter.run import GradientUse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_gradsafe.autograd.tensor import Place
    from flake8_gradsafe.interpreter.domain.state import State
    from flake8_gradsafe.interpreter.events import Event
    from flake8_gradsafe.interpreter.run import Run
    from flake8_gradsafe.syntax import program as ir


def gradients_dropped(run: Run, refs: Iterable[int], place: Place, state: State) -> None:
    """Tell of gradients of a loop's earlier round that are cleared before any step; the end tells whether a later one comes."""
    dropped: dict[tuple[Place, int], list[int]] = {}
    for ref in refs:
        latest = state.heap.forget(ref, LatestGradient)
        if latest is not None and _is_next_round(latest.rounds, run.rounds) and (ref, "grad") not in state.heap:
            dropped.setdefault((latest.backward, latest.time), []).append(ref)
    for (backward, time), leaves in dropped.items():
        tests = _tests_since(time, state)
        if None not in tests:
            calls, loops = (place, *reversed(state.autograd.calls)), len(run.rounds)
            event = ClearedTooEarly(
                place, with_path(if_trained(leaves, state), state, time), backward, tuple(leaves), loops, calls, tests
            )
            run.emit(event, state, backward)


def _is_next_round(before: tuple[int, ...], now: list[int]) -> bool:
    return bool(now) and tuple(now[:-1]) == before[:-1] and len(now) == len(before) and now[-1] == before[-1] + 1


def _tests_since(time: int, state: State) -> tuple[Place, ...]:
    """The tests that have decided since then that no step comes in this round; None for what is no test."""
    open_since = [each for each in state.certainty.assumed if each.what.conditions and each.made_at >= time]
    return tuple(None if each.asked is None else each.asked.place for each in open_since)


def gradients_used(run: Run, refs: Iterable[int], step: Place, state: State, *, of_any: bool) -> None:
    """Note a step that uses gradients, by the backward that has computed them. `of_any`: whatever model there was, it was
    that model's.
    """
    use = GradientUse(step, len(run.rounds), (step, *state.autograd.calls))
    if of_any:
        run.steps_of_any.add(use)
    for ref in refs:
        state.heap.forget(ref, LatestGradient)
        unused = state.heap.fact(ref, UnusedGradient)
        if unused is not None:
            run.uses.setdefault((unused.backward, ref), set()).add(use)


def used_in_the_end(run: Run, body: tuple[ir.Statement, ...], events: list[Event]) -> list[Event]:
    """The events, without gradients that were cleared and that no step was to use with those of later rounds.

    Such a step comes after the loop, or in a branch that counts its rounds; the clearing does not.
    """
    if not any(isinstance(event, ClearedTooEarly) for event in events):
        return events
    counting = Counting([body, *(function.code.body for function, _ in run.definitions.values())])
    kept = ((_with_step(event, run, counting) if isinstance(event, ClearedTooEarly) else event) for event in events)
    return [event for event in kept if event is not None]


def _with_step(event: ClearedTooEarly, run: Run, counting: Counting) -> ClearedTooEarly | None:
    if event.backward in run.read_backwards or counting.may_pass_by(event.calls[:2]) or not counting.asks(event.tests):
        return None
    uses = {use for ref in event.leaves for use in run.uses.get((event.backward, ref), ())}
    if not uses and Premise.TRAINED in event.premises:
        uses = run.steps_of_any
    in_time = all(use.loops < event.loops or counting.leads_to(use.calls) for use in uses)
    return replace(event, step=next(iter(uses)).step) if uses and in_time else None
