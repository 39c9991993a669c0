"""What each operator saves, aliases and writes: the rows of operators.json, looked up by spelling and by form of call."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any

from flake8_gradsafe.autograd.graph import Reads


@dataclass(frozen=True, slots=True)
class SavedSlot:
    """One tensor that an operator keeps: a parameter's name or `output.N`, and how backward treats it.

    `by` is "reference" (the tensor object itself), "alias" (another object that shares its memory) or "handle" (a private
    handle of an output). `when` names the parameters of which any one must require grad for the slot to be kept, `readers`
    those whose gradient is computed from it: a convolution keeps its input although its weight is frozen, and does not read it
    then. It is `sure` where every sample kept it, `by_sure` where they all kept it so, `reads_sure` where backward read the
    same of it in each.
    """

    what: str
    by: str
    when: tuple[str, ...]
    checked: bool
    reads: Reads
    whole: bool
    sure: bool
    reads_sure: bool
    by_sure: bool
    readers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alias:
    """An output that shares memory with a parameter. `same`: it is the very same object.

    `counted`: it shares the version counter as well, as views do. The pieces of `unsafe_split` count their writes themselves.
    `part`: it may have some of the elements only.
    """

    output: int
    parameter: str
    same: bool
    sure: bool
    counted: bool = True
    part: bool = False


@dataclass(frozen=True, slots=True)
class OpBehaviour:
    """What a call of one form does, as measured.

    `frees`: the node keeps something that a backward frees, so that a second one is refused; None where only some samples
    did. It does so only if one of `frees_when` requires grad, where those are named.

    `passes`: the parameters whose gradient is the incoming one itself or a view of its memory, unless another operand
    broadcasts them. To two operands at once `add` alone hands the same elements; what several tensors get of `cat`, `stack` and
    their kin, of `block_diag` and of `complex` does not overlap.

    `kinds` are the letters of the outputs' dtypes, where complex numbers are given or made, or none of them is floating.

    `shape` is how the shape of a single result follows from those of the operands: "broadcast", "scalar", or empty. It has
    as many `axes` as a parameter, or as the operand that has most (`*`), and so many more; as none (empty), so many at all.
    It is contiguous (`stored`) "always", or "kept" so where all operands are.

    `saves` are in the order in which backward unpacks them. `masks`: one of them shows that the gradient of some elements may
    be passed on, and of others not. `passes_all`: for the values that it was given, all of it is passed on.
    `some`: a view of a part surely has elements. `selects`: each element of the result is one of an operand's, to which all of
    its gradient goes.
    """

    outputs: str
    count: int
    differentiable: tuple[int, ...]
    needs: tuple[str, ...]
    saves: tuple[SavedSlot, ...]
    frees: bool | None
    frees_when: tuple[str, ...]
    aliases: tuple[Alias, ...]
    multi_view: bool
    writes: tuple[tuple[str, bool], ...]
    passes: tuple[str, ...] = ()
    shape: str = ""
    axes: tuple[str, int] | None = None
    stored: str = ""
    kinds: tuple[str, ...] = ()
    passes_all: bool = False
    some: bool = False
    selects: bool = False
    masks: bool = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Find out once what is asked at each call."""
        object.__setattr__(self, "masks", not self.passes_all and any(map(self.narrows, self.saves)))

    def narrows(self, slot: SavedSlot) -> bool:
        """Whether the slot shows that the gradient of some elements may be passed on, and of others not.

        That is so for a mask, an index, or anything else that is kept without being differentiated, and for what is read by its
        sign or in some elements only.
        """
        if slot.reads is Reads.SIGN or not slot.whole:
            return True
        if slot.what.startswith("output."):
            return int(slot.what.partition(".")[2]) not in self.differentiable
        return slot.what not in self.needs


@dataclass(frozen=True, slots=True, eq=False)
class Operator:
    """One row of operators.json."""

    name: str
    parameters: tuple[str, ...]
    forms: dict[str, int]
    inplace_forms: dict[str, int]
    out: bool


@dataclass(frozen=True, slots=True)
class OpRef:
    """What a written name means: an operator, whether it writes its receiver, whether the operands are swapped."""

    operator: Operator
    inplace: bool = False
    reflected: bool = False


class OperatorTable:
    """operators.json, ready for look-up."""

    def __init__(self, rows: dict[str, Any]) -> None:
        """Take the parsed content of operators.json."""
        self.torch: str = rows["torch"]
        self._raw_facts: list[dict[str, Any]] = rows["facts"]
        self._facts: dict[tuple[int, ...], OpBehaviour] = {}
        self._known: dict[tuple[str, bool, str], OpBehaviour | None] = {}
        self.functions: dict[str, OpRef] = {}
        self.methods: dict[str, OpRef] = {}
        self.rows: dict[str, Operator] = {}
        self.modules: dict[str, dict[str, Any]] = rows["modules"]
        for name, row in rows["operators"].items():
            self._add(Operator(name, tuple(row["parameters"]), row["forms"], row["inplace_forms"], row["out"]), row)

    def _add(self, operator: Operator, row: dict[str, Any]) -> None:
        self.rows[operator.name] = operator
        for spelled in row["functions"]:
            self.functions.setdefault(spelled, OpRef(operator))
        for spelled in row["methods"]:
            self.methods.setdefault(spelled, OpRef(operator))
        for spelled in row["reflected"]:
            self.methods.setdefault(spelled, OpRef(operator, reflected=True))
        for spelled in row["inplace"]:
            table = self.functions if "." in spelled else self.methods
            table[spelled] = OpRef(operator, inplace=True)

    def behaviour(self, spelling: OpRef, form: str) -> OpBehaviour | None:
        """What is known of a call of this form; of the nearest forms together where this one was not measured.

        Nearest are the forms that give tensors for the same parameters; what they disagree on is no longer sure. None where
        the operator was never measured so.
        """
        key = (spelling.operator.name, spelling.inplace, form)
        if key not in self._known:
            forms = spelling.operator.inplace_forms if spelling.inplace else spelling.operator.forms
            near = [form] if form in forms else _nearest(form, forms)
            self._known[key] = self._merged(tuple(sorted({forms[each] for each in near}))) if near else None
        return self._known[key]

    def behaviour_of_any(self, spelling: OpRef, forms: tuple[str, ...]) -> OpBehaviour:
        """What holds whichever of these measured forms the call has."""
        return self._merged(tuple(sorted({spelling.operator.forms[form] for form in forms})))

    def may_alias(self, spelling: OpRef) -> bool:
        """Whether any measured form of an operator gives what shares memory with an operand."""
        return any(self._raw_facts[index]["aliases"] for index in spelling.operator.forms.values())

    def module_behaviour(self, name: str, form: str) -> OpBehaviour | None:
        """What calling a module of `torch.nn` does; the form is "train" or "eval" and the constructor's true switches."""
        forms: dict[str, int] = self.modules.get(name, {}).get("forms", {})
        if form in forms:
            return self._merged((forms[form],))
        mode = form.partition(",")[0]
        near = [key for key in forms if key.partition(",")[0] == mode]
        return self._merged(tuple(sorted({forms[key] for key in near}))) if near else None

    def module_behaviour_of_any(self, name: str, switches: tuple[str, ...]) -> OpBehaviour | None:
        """What holds for calling a module of `torch.nn`, whether it is in training mode or not."""
        facts = [self.module_behaviour(name, ",".join((mode, *switches))) for mode in ("train", "eval")]
        known = [fact for fact in facts if fact is not None]
        return _merge(known) if len(known) == len(facts) else None

    def _merged(self, indices: tuple[int, ...]) -> OpBehaviour:
        fact = self._facts.get(indices)
        if fact is None:
            fact = self._facts[indices] = _merge([_behaviour(self._raw_facts[index]) for index in indices])
        return fact


@lru_cache(maxsize=1)
def operator_table() -> OperatorTable:
    """The measured operators that come with the package, read once."""
    return OperatorTable(json.loads(files("flake8_gradsafe.autograd").joinpath("operators.json").read_bytes()))


def _behaviour(raw: dict[str, Any]) -> OpBehaviour:
    return OpBehaviour(
        outputs=raw["outputs"],
        count=raw.get("count", 1),
        differentiable=tuple(raw["differentiable"]),
        needs=tuple(raw["needs"]),
        saves=tuple(sorted((_slot(slot) for slot in raw["saves"]), key=_unpacking_order)),
        frees=None if raw["frees"] == "maybe" else raw["frees"],
        frees_when=tuple(raw.get("frees_when", ())),
        aliases=tuple(
            Alias(
                alias["output"],
                alias["input"],
                same=alias["kind"] == "same",
                sure=alias["sure"],
                counted=alias["kind"] != "memory",
                part=alias["kind"] == "part",
            )
            for alias in raw["aliases"]
        ),
        multi_view=raw["multi_view"],
        writes=tuple((write["what"], write["seen"]) for write in raw["writes"]),
        passes=tuple(raw.get("passes", ())),
        shape=raw.get("shape", ""),
        axes=tuple(raw["axes"]) if "axes" in raw else None,
        stored=raw.get("stored", ""),
        kinds=tuple(raw.get("kinds", ())),
    )


def _unpacking_order(slot: SavedSlot) -> tuple[bool, str]:
    """Backward unpacks what it saved by the native names, operands first; the first parameter's is `self`."""
    return slot.what.startswith("output"), "self" if slot.what == "input" else slot.what


def _slot(raw: dict[str, Any]) -> SavedSlot:
    return SavedSlot(
        what=raw["what"],
        by=raw["by"],
        when=tuple(raw["when"]),
        checked=raw["checked"],
        reads=Reads(raw["reads"]),
        whole=raw["region"] == "whole",
        sure=raw["sure"],
        reads_sure=raw.get("reads_sure", True),
        by_sure=raw.get("by_sure", True),
        readers=tuple(raw.get("readers", raw["when"])),
    )


def _tensors_of(form: str) -> tuple[str, ...]:
    """The parameters given a tensor, whatever its dtype: that of a call's argument is seldom known."""
    parts = (part.rpartition(":") for part in form.split(","))
    return tuple(f"{name}:{'L' if kind == 'L' else 'T'}" for name, _, kind in parts if kind in _TENSOR_KINDS)


_TENSOR_KINDS = frozenset("TIBLC")


def _complex_of(form: str) -> tuple[str, ...]:
    """The parameters given complex numbers."""
    return tuple(name for name, _, kind in (part.rpartition(":") for part in form.split(",")) if kind == "C")


def _nearest(form: str, forms: dict[str, int]) -> list[str]:
    """The measured forms most like this one: same tensors and same names, else same tensors, else none.

    What was measured with complex numbers in other places counts only where nothing else was.
    """
    tensors = _tensors_of(form)
    given = [key for key in forms if _tensors_of(key) == tensors]
    alike = next(
        filter(None, ([key for key in given if _complex_of(key) == at] for at in (_complex_of(form), ()))), given
    )
    names = _names_of(form)
    switches = _switches_of(form)
    for candidates in (
        [key for key in alike if _names_of(key) == names and _switches_of(key) == switches],
        [key for key in alike if _switches_of(key) == switches],
        alike,
    ):
        if candidates:
            return candidates
    return []


def _names_of(form: str) -> tuple[str, ...]:
    return tuple(part.rpartition(":")[0] for part in form.split(","))


def _switches_of(form: str) -> tuple[str, ...]:
    return tuple(part for part in form.split(",") if part.endswith((":True", ":False")))


def _merge(facts: list[OpBehaviour]) -> OpBehaviour:
    """What holds for all of them; where they differ, the more cautious half, no longer sure."""
    first = facts[0]
    if len(facts) == 1:
        return first
    return OpBehaviour(
        outputs=first.outputs if all(fact.outputs == first.outputs for fact in facts) else "other",
        count=first.count,
        differentiable=tuple(sorted({index for fact in facts for index in fact.differentiable})),
        needs=tuple(sorted({name for fact in facts for name in fact.needs})),
        saves=_merge_saves(facts),
        frees=first.frees if all(fact.frees == first.frees for fact in facts) else None,
        frees_when=first.frees_when if all(fact.frees_when == first.frees_when for fact in facts) else (),
        aliases=_merge_aliases(facts),
        multi_view=any(fact.multi_view for fact in facts),
        writes=tuple(sorted({write for fact in facts for write in fact.writes})),
        passes=tuple(name for name in first.passes if all(name in fact.passes for fact in facts)),
        shape=first.shape if all(fact.shape == first.shape for fact in facts) else "",
        axes=first.axes if all(fact.axes == first.axes for fact in facts) else None,
        stored=first.stored if all(fact.stored == first.stored for fact in facts) else "",
        kinds=first.kinds if all(fact.kinds == first.kinds for fact in facts) else (),
    )


def _merge_saves(facts: list[OpBehaviour]) -> tuple[SavedSlot, ...]:
    by_name: dict[str, list[SavedSlot]] = {}
    for fact in facts:
        for slot in fact.saves:
            by_name.setdefault(slot.what, []).append(slot)
    merged = []
    for slots in by_name.values():
        kept_alike = {(slot.when, slot.checked) for slot in slots}
        read_alike = {(slot.reads, slot.whole) for slot in slots}
        strongest = min(slots, key=lambda slot: list(Reads).index(slot.reads))
        merged.append(
            SavedSlot(
                what=strongest.what,
                by=strongest.by,
                when=tuple(sorted({name for slot in slots for name in slot.when})),
                checked=any(slot.checked for slot in slots),
                reads=strongest.reads,
                whole=all(slot.whole for slot in slots),
                sure=len(slots) == len(facts) and len(kept_alike) == 1 and all(slot.sure for slot in slots),
                by_sure=len({slot.by for slot in slots}) == 1 and all(slot.by_sure for slot in slots),
                reads_sure=len(read_alike) == 1 and all(slot.reads_sure for slot in slots),
                readers=tuple(sorted({name for slot in slots for name in slot.readers})),
            )
        )
    return tuple(sorted(merged, key=_unpacking_order))


def _merge_aliases(facts: list[OpBehaviour]) -> tuple[Alias, ...]:
    seen = {(alias.output, alias.parameter) for fact in facts for alias in fact.aliases}
    merged = []
    for output, parameter in sorted(seen):
        found = [a for fact in facts for a in fact.aliases if (a.output, a.parameter) == (output, parameter)]
        everywhere = len(found) == len(facts)
        merged.append(
            Alias(
                output,
                parameter,
                same=everywhere and all(a.same for a in found),
                sure=everywhere and all(a.sure for a in found),
                counted=any(a.counted for a in found),
                part=any(a.part for a in found),
            )
        )
    return tuple(merged)
