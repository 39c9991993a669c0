"""The whole way, from a text to its findings: gate, program, prefilter, runs, reports, and their flags."""

from __future__ import annotations

import ast
import gc
import re
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, TypedDict

from flake8_gradsafe.config.codes import ADVISORY
from flake8_gradsafe.finding import Finding
from flake8_gradsafe.stack import on_large_stack
from flake8_gradsafe.syntax.cells import is_notebook
from flake8_gradsafe.syntax.gate import LOSS_FUNCTION, may_concern_us
from flake8_gradsafe.syntax.tree import TooDeep, check_depth, python_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from flake8_gradsafe.alone import Settled
    from flake8_gradsafe.flagging.findings import OtherFiles
    from flake8_gradsafe.interpreter.events import Event
    from flake8_gradsafe.prefilter.result import TriageResult
    from flake8_gradsafe.project.imports import FileImports
    from flake8_gradsafe.project.linking import LinkedProgram
    from flake8_gradsafe.rules.rule import Diagnosis, Rule
    from flake8_gradsafe.syntax.module import Module
    from flake8_gradsafe.syntax.program import Body

_TRAINING = re.compile(
    r"\bModule\b|\bcross_entropy\(|\bParameter\b|requires_grad|\boptim\b|\bnn\.[A-Z]|\.backward\b|autograd\.grad\b"
    rf"|{LOSS_FUNCTION}|^[ \t]+def (?:forward|training_step|compute_loss)\(\s*self\b",
    re.MULTILINE,
)

#: Without both of these, a file trains no model that is out of sight.
_STEPS = re.compile(r"\.step(?:_\w+)?\(.*backward|backward.*\.step(?:_\w+)?\(", re.DOTALL)

#: Makes tensors of another dtype, or on another device, of what does not say which.
_DEFAULTS = re.compile(r"set_default_(?:dtype|tensor_type|device)|with\s+torch\.device|DeviceContext")

_DEVICES = re.compile(r"cuda|device|xpu|mps|\.to\(")


def check(
    source: str,
    tree: ast.AST | None = None,
    wanted: frozenset[str] | None = None,
    *,
    fixes: bool | Callable[[Finding], bool] = False,
    imports: FileImports | None = None,
    abandoned: Callable[[], bool] | None = None,
) -> list[Finding]:
    """Find what is wrong with the gradients of a program.

    `source` is a whole module's text, `tree` CPython's parse of it where the caller has one. `wanted` are the codes that are
    asked for, None for all. Findings are sorted by place. `fixes` asks for the findings' fixes; a function says for which of
    them. `imports` follows the file's imports within its project; without, they are unknown. `abandoned` is asked again and
    again whether anybody still waits.
    Raises SyntaxError where the text does not parse, `syntax.tree.TooDeep` where it nests too deep to be read, and
    `interpreter.run.Abandoned` once nobody waits.
    """
    if not may_concern_us(source) and (imports is None or not imports.may_link(source)):
        return []
    try:
        with _collector_off():
            return _check(source.removeprefix("\ufeff"), tree, wanted, fixes, imports, abandoned)
    except RecursionError as error:
        raise TooDeep(1) from error


class TextFacts(TypedDict):
    """What a module's text tells besides its statements, as a run takes it."""

    trains: bool
    on_cpu: bool
    keeps_defaults: bool
    by_hand: bool


def text_facts(source: str) -> TextFacts:
    """What a module's text tells: whether anything speaks for training; whether nothing speaks of another device than the
    processor, or changes the dtype or the device that tensors are made with; whether it is a notebook's.
    """
    return TextFacts(
        trains=_TRAINING.search(source) is not None,
        on_cpu=_DEVICES.search(source) is None,
        keeps_defaults=_DEFAULTS.search(source) is None,
        by_hand=is_notebook(source),
    )


@contextmanager
def _collector_off() -> Iterator[None]:
    """Nearly all that an analysis makes lives until it ends: looking for what could be freed before costs a tenth."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@on_large_stack
def _check(
    source: str,
    tree: ast.AST | None,
    wanted: frozenset[str] | None,
    fixes: bool | Callable[[Finding], bool],
    imports: FileImports | None,
    abandoned: Callable[[], bool] | None,
) -> list[Finding]:
    from flake8_gradsafe.syntax.lower import lower_module

    module_tree = tree if isinstance(tree, ast.Module) else python_tree(source)
    module = lower_module(module_tree, source)
    linked = None if imports is None else imports.link(module)
    hunted = wanted if wanted is not None and not any(code.startswith(ADVISORY) for code in wanted) else None
    verdict = _prefiltered(module, linked, hunts=hunted is not None)
    if linked is not None and not verdict.suspicious:
        linked = None  # what is advised does not depend on other files
    if hunted is not None and not verdict.suspicious:
        return []
    own = module
    if linked is not None:
        module = linked.module
    elif imports is not None and not may_concern_us(source):
        return []  # it was looked at for what it imports alone
    check_depth(module_tree, source)
    from flake8_gradsafe.alone import Settled
    from flake8_gradsafe.interpreter.entry_points import run

    led_by: dict[object, tuple[object, ...]] = {}
    executed: set[int] = set()
    run_alone = partial(run, users=None if imports is None else imports.users, abandoned=abandoned)
    run_on = partial(
        run_alone,
        **_named_facts(module),
        skippable=frozenset() if hunted is None else verdict.skippable,
        linked={} if linked is None else linked.targets,
        foreign=frozenset() if linked is None else linked.definitions,
        clean=verdict.of_others,
        led_by=led_by,
        executed=executed,
    )
    events = run_on(module.body) if hunted is None or _may_be_found(hunted, module.body, run_on) else []
    reports = _reports(events, wanted)
    if linked is not None and hunted is not None:
        settled = Settled(executed, events, reports, verdict.skippable)
        reports += _reports_alone(own, hunted, settled, run_alone)
    if not reports:
        return []
    from flake8_gradsafe.flagging.findings import found_in

    found = found_in(source, module_tree, reports, *([] if linked is None else [_other_files(linked, led_by)]))
    if not fixes:
        return found.findings
    from flake8_gradsafe.fixes import with_fixes

    return with_fixes(found, fixes)


def _named_facts(module: Module) -> dict[str, Any]:
    """What a module's text tells, and the names of the models that it trains."""
    from flake8_gradsafe.idioms.trained_names import TrainedNames

    return {**text_facts(module.text), "names": TrainedNames(module.parts if _STEPS.search(module.text) else ())}


def _reports_alone(
    module: Module, hunted: frozenset[str], settled: Settled, run_alone: Callable[..., list[Event]]
) -> list[tuple[Rule, Diagnosis]]:
    """What the file tells by itself, where the run with its imports left open whether it is so."""
    if not settled.leaves_open(module, hunted):
        return []
    verdict = _prefiltered(module, None, hunts=True)
    run_on = partial(run_alone, **_named_facts(module), skippable=verdict.skippable)
    if not verdict.suspicious or not _may_be_found(hunted, module.body, run_on):
        return []
    return [each for each in _reports(run_on(module.body), hunted) if settled.lets_stand(*each)]


def _prefiltered(module: Module, linked: LinkedProgram | None, *, hunts: bool) -> TriageResult:
    """The prefilter's result for a file, or for the program that is linked of it: anything may be suspicious where nothing is
    known. `hunts`: advice is not asked for.
    """
    from flake8_gradsafe.prefilter.result import TriageResult, triage

    if linked is None:
        return triage(module) if hunts else TriageResult(suspicious=True)
    if not may_concern_us(linked.module.text):
        return TriageResult(suspicious=False)
    return TriageResult(suspicious=True) if linked.repeats_names else triage(linked.module)


def _other_files(linked: LinkedProgram, led_by: Mapping[object, tuple[object, ...]]) -> OtherFiles:
    """The other files of a program, and what of the file itself leads there."""
    from flake8_gradsafe.flagging.findings import OtherFiles

    texts = {path: (source.text, source.tree) for path, source in linked.sources.items()}
    return OtherFiles(texts, led_by, linked.entrances)


def _may_be_found(hunted: frozenset[str], program: Body, run_on: Callable[..., list[Event]]) -> bool:
    """Whether anything happens on some path that would be found if it did on all: what is proven of many happens on each."""
    from flake8_gradsafe.alone import reports_if_on_all_paths

    harmless: set[int] = set()  # each is asked about when it has happened, and once more with all others

    def may_be_found(event: Event) -> bool:
        if id(event) in harmless:
            return False
        if next(reports_if_on_all_paths(event, hunted), None) is not None:
            return True
        harmless.add(id(event))
        return False

    return any(map(may_be_found, run_on(program, quick=True, enough=may_be_found)))


def _reports(events: Iterable[Event], wanted: frozenset[str] | None) -> list[tuple[Rule, Diagnosis]]:
    """The reports of the wanted rules: of all that are made, one for each place and mechanism, the surest.

    What another report's trace names already gets no advice of its own, and nothing is suspect where something is proven.
    """
    from flake8_gradsafe.rules import listening

    best: dict[tuple[int, str], tuple[Rule, Diagnosis]] = {}
    for event in events:
        for rule in listening(event):
            report = rule.check(event)
            if report is None:
                continue
            key = (id(report.place), rule.mechanism)
            if key not in best or rule.code < best[key][0].code:
                best[key] = (rule, report)
    explained = {id(mark.place) for rule, report in best.values() if not rule.advisory for mark in report.trace}
    settled = {id(report.place) for rule, report in best.values() if rule.proven}
    told = {(rule.code, id(report.place)) for rule, report in best.values()}
    return [
        (rule, report)
        for rule, report in best.values()
        if (wanted is None or rule.code in wanted)
        and (rule.yields_to, id(report.place)) not in told
        and id(report.place) not in (frozenset() if rule.proven else explained if rule.advisory else settled)
    ]
