"""When a finding that assumes something is worth a suspicion."""

from __future__ import annotations

from flake8_gradsafe.autograd.graph import GRANTED, Premise, counted


def is_suspect(premises: frozenset[Premise], granted: int = 1) -> bool:
    """Whether something is assumed, but no more than is granted."""
    return bool(premises) and len(counted(premises)) <= granted


def assumes_training(premises: frozenset[Premise], *, passing: bool = True) -> bool:
    """Whether all that is assumed is that a model is trained, that an error before is mended, that all ways are alike, or that
    other files change nothing.

    With `passing`, it may be assumed of a model that gradients pass code out of sight as well.
    """
    granted = GRANTED | {Premise.PASSES} if passing and Premise.TRAINED in premises else GRANTED
    return not premises.isdisjoint(_ENOUGH) and premises <= granted


def assumes_path(premises: frozenset[Premise]) -> bool:
    """Whether all that is assumed is that the program takes a path, besides what is granted."""
    return premises - GRANTED == {Premise.PATH}


def assumes_what_is_granted(premises: frozenset[Premise]) -> bool:
    """Whether something is assumed, and that is training, or what is granted of the paths: for what raises nothing, so that its
    author need not know of it.
    """
    return assumes_training(premises) or (bool(premises) and premises <= GRANTED)


_ENOUGH = frozenset({Premise.TRAINED, Premise.MENDED, Premise.ALIKE, Premise.ONE_STEP, Premise.ELSEWHERE})
