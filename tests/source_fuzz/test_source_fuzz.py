"""The linter against PyTorch on generated source programs, and the labels against what PyTorch does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from textwrap import dedent

import pytest
import torch
from hypothesis import HealthCheck, given, settings

from flake8_gradsafe.engine import check
from tests.source_fuzz.calls import respelled
from tests.source_fuzz.compare import CLAIMS, Comparison, Report, compare, compare_many, described, hold_against, shrunk
from tests.source_fuzz.generate import Author, Program, programs
from tests.source_fuzz.label import Harm, changed_before_saved, label
from tests.source_fuzz.structures import AUTHORS, StructureAuthor, is_capability, programs_of

_PROGRAMS, _SEED = 400, 2
_LEAST_SHARE = 0.2
_MOST_FALSE = 0
# What holds of the linter now, to be tightened until it says 0.01; the others are where they shall stay.
_MOST_MISSED = 0.015
_LEAST_ON_RIGHT_LINE = 0.98
_MOST_SPOKEN = 0.03

_STRUCTURES, _STRUCTURES_SEED = 300, 2
_LEAST_STRUCTURES_SHARE = 0.15
_MOST_STRUCTURES_FALSE = 1  # a write that adds the same to all that softmax gave, which its backward does not notice
_MOST_STRUCTURES_MISSED = 0.02
_LEAST_STRUCTURES_ON_RIGHT_LINE = 0.95
_MOST_STRUCTURES_SPOKEN = 0.03
_LEAST_CAPABILITIES = 90


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


_HEAD = """\
import torch
import torch.nn.functional as F
a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
"""


def _source(body: str) -> str:
    return _HEAD + dedent(body)


_RIGHT = {
    "add saved nothing": "out = a + 1\nout.detach().zero_()\nout.sum().backward()",
    "a sum read nothing": "out = a.sigmoid().sum()\nout.data.zero_()\nout.backward()",
    "a swapped result": "b = a.exp()\nb.data = torch.zeros(3)\nb.sum().backward()",
    "relu reads the sign": "out = F.relu(a)\nout.data.mul_(2.0)\nout.sum().backward()",
    "the write comes too late": "out = a.sigmoid()\nout.sum().backward()\nout.data.zero_()",
    "the write comes first": "b = a * 2\nb.data.zero_()\n(b**2).sum().backward()",
    "another region": "z = (a[:2] ** 2).sum()\na.data[2:] = 0\nz.backward()",
    "a view keeps its node": "m = a * 2\nv = m[0:2]\nm.detach_()\nv.sum().backward()",
    "edges go to nodes": "m = a * 2\ny = m.exp().sum()\nm.detach_()\ny.backward()",
    "a branch not taken": "out = a.sigmoid()\nif False:\n    out.data.zero_()\nout.sum().backward()",
    "nothing saved, twice": "y = a.sum()\ny.backward()\ny.backward()",
    "truncated": """\
        h = torch.zeros(3)
        for _ in range(3):
            h = torch.tanh(h + a)
            h.sum().backward()
            h.detach_()
        """,
    "a copy in the recurrence": """\
        buf = torch.zeros(3)
        for i in range(1, 3):
            buf[i] = a[i] * buf[i - 1].clone() + 1
        buf.sum().backward()
        """,
    "a manual step": """\
        for _ in range(2):
            (a**2).sum().backward()
            with torch.no_grad():
                a -= 0.1 * a.grad
        """,
    "a helper that copies": """\
        def halve(x):
            x = x.clone()
            x.data.mul_(0.5)
            return x
        out = a.sigmoid()
        halve(out)
        out.sum().backward()
        """,
    "a flag taken back": """\
        def require(tensors, flag):
            for t in tensors:
                t.requires_grad = flag
        b = torch.ones(3, requires_grad=True)
        y = (a * b).sum()
        require([b], False)
        z = (a * b).sum()
        require([b], True)
        (y + z).backward()
        """,
    "a state written before its use": """\
        class Net(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.weight = torch.nn.Parameter(torch.ones(3))
            def forward(self, x):
                self.weight.data.mul_(0.9)
                return x * self.weight
        net = Net()
        for _ in range(2):
            net(a).sum().backward()
        """,
    "an inner gradient written that nothing saved": """\
        y = (a**3).sum()
        (g,) = torch.autograd.grad(y, [a], create_graph=True)
        out = (a - 0.1 * g).sum()
        g.data.mul_(0.5)
        out.backward()
        """,
}

# The body (its first line is line 4), the kind of harm, its cause, where it shows, and the guilty lines.
_HARMED: dict[str, tuple[str, Harm]] = {
    "data": (
        "out = a.sigmoid()\nout.data.zero_()\nout.sum().backward()",
        Harm("wrong", "unseen-write", 6, frozenset({5})),
    ),
    "only the guilty one of two writes": (
        "out = F.relu(a - 1.5)\nout.data.mul_(2.0)\nout.data.zero_()\nout.sum().backward()",
        Harm("wrong", "unseen-write", 7, frozenset({6})),
    ),
    "detached": (
        "out = a.sigmoid()\nc = out.detach()\nc.zero_()\nout.sum().backward()",
        Harm("refused", "modified-inplace", 7, frozenset({6})),
    ),
    "array": (
        "out = a.sigmoid()\narr = out.detach().numpy()\narr[0] = 0.0\nout.sum().backward()",
        Harm("wrong", "unseen-write", 7, frozenset({6})),
    ),
    "a swapped input": (
        "b = a * 2\ny = (b**2).sum()\nb.data = torch.zeros(3)\ny.backward()",
        Harm("wrong", "unseen-write", 7, frozenset({6})),
    ),
    "autograd.grad": (
        "y = (a**2).sum()\na.data.add_(1)\ntorch.autograd.grad(y, a)",
        Harm("wrong", "unseen-write", 6, frozenset({5})),
    ),
    "autograd.backward": (
        "y = (a**2).sum()\na.data.add_(1)\ntorch.autograd.backward(y)",
        Harm("wrong", "unseen-write", 6, frozenset({5})),
    ),
    "a step of a fused optimizer": (
        """\
        opt = torch.optim.SGD([a], lr=0.1, fused=True)
        y = (a**2).sum()
        a.grad = torch.ones(3)
        opt.step()
        y.backward()
        """,
        Harm("wrong", "unseen-write", 8, frozenset({7})),
    ),
    "a step": (
        """\
        opt = torch.optim.SGD([a], lr=0.1)
        y = (a**2).sum()
        a.grad = torch.ones(3)
        opt.step()
        y.backward()
        """,
        Harm("refused", "modified-inplace", 8, frozenset({7})),
    ),
    "the end of the body hurts the next round": (
        """\
        h = torch.ones(3)
        for _ in range(2):
            h = torch.tanh(h * a)
            h.data.mul_(0.5)
        h.sum().backward()
        """,
        Harm("wrong", "unseen-write", 8, frozenset({7})),
    ),
    "recurrence": (
        """\
        buf = torch.zeros(3)
        for i in range(1, 3):
            buf[i] = a[i] * buf[i - 1] + 1
        buf.sum().backward()
        """,
        Harm("refused", "modified-inplace", 7, frozenset({6})),
    ),
    "inside a function": (
        """\
        def halve(x):
            x.data.mul_(0.5)
            return x
        out = a.sigmoid()
        total = halve(out).sum()
        total.backward()
        """,
        Harm("wrong", "unseen-write", 9, frozenset({5})),
    ),
    "after the function returned": (
        """\
        def one():
            return 1.0
        out = a.sigmoid()
        out[0] += one()
        out.sum().backward()
        """,
        Harm("refused", "modified-inplace", 8, frozenset({7})),
    ),
    "freed": (
        "y = (a**2).sum()\ny.backward()\ny.backward()",
        Harm("refused", "freed", 6, frozenset({6})),
    ),
    "no graph": (
        "with torch.no_grad():\n    y = a.sum()\ny.backward()",
        Harm("refused", "no-grad", 6, frozenset({6})),
    ),
    "a leaf": ("a.add_(1)", Harm("refused", "leaf-inplace", 4, frozenset({4}))),
    "one of many views": (
        "b = a * 2\nx, *_ = b.unbind()\nx.mul_(2)",
        Harm("refused", "multi-view", 6, frozenset({6})),
    ),
    "a view made without grad": (
        "b = a * 2\nwith torch.no_grad():\n    v = b[:2]\nv.mul_(2)",
        Harm("refused", "no-grad-view", 7, frozenset({7})),
    ),
    "a detached view": ("m = a * 2\nm[:2].detach_()", Harm("refused", "detach-view", 5, frozenset({5}))),
    "a saved tensor detached": (
        "m = a * 2\ny = (m**2).sum()\nm.detach_()\ny.backward()",
        Harm("refused", "saved-detached", 7, frozenset({6, 7})),
    ),
    "nothing left": (
        "m = a * 2\nm.detach_()\ny = m.sum()\ny.backward()",
        Harm("refused", "no-grad", 7, frozenset({5, 7})),
    ),
    "a non-leaf frozen": (
        "m = a * 2\nm.requires_grad_(False)",
        Harm("refused", "non-leaf-requires-grad", 5, frozenset({5})),
    ),
    "an inference tensor": (
        "with torch.inference_mode():\n    b = torch.ones(3)\nc = a * b",
        Harm("refused", "inference-saved", 6, frozenset({6})),
    ),
    "a lost share": (
        "m = a * 2\ny1 = m.exp().sum()\nm.detach_()\ny2 = (m**2 * a).sum()\n(y1 + y2).backward()",
        Harm("lost", "detached", 8, frozenset({6})),
    ),
    "a share lost twice": (
        """\
        m = a * 2
        y1 = m.exp().sum()
        m.detach_()
        m.detach_()
        y2 = (m**2 * a).sum()
        (y1 + y2).backward()
        """,
        Harm("lost", "detached", 9, frozenset({6})),
    ),
    "a frozen leaf": (
        "b = torch.ones(3, requires_grad=True)\ny = (a * b).sum()\nb.requires_grad_(False)\ny.backward()",
        Harm("lost", "frozen", 7, frozenset({6})),
    ),
    "behind a call of a module": (
        """\
        class Net(torch.nn.Module):
            def forward(self, x):
                return x.sigmoid()
        net = Net()
        out = net(a)
        y = out.sum()
        net(a).add_(out.data.zero_().sum())
        y.backward()
        """,
        Harm("wrong", "unseen-write", 11, frozenset({10})),
    ),
    "a state written by the second call": (
        """\
        class Net(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.weight = torch.nn.Parameter(torch.ones(3))
            def forward(self, x):
                out = x * self.weight
                self.weight.data.mul_(0.9)
                return out
        net = Net()
        y = net(a).sum() + net(a).sum()
        y.backward()
        """,
        Harm("wrong", "unseen-write", 14, frozenset({10})),
    ),
    "what a module kept": (
        """\
        class Net(torch.nn.Module):
            def forward(self, x):
                self.cache = x.exp()
                return self.cache * 2
        net = Net()
        y = net(a).sum()
        net.cache.detach().zero_()
        y.backward()
        """,
        Harm("refused", "modified-inplace", 11, frozenset({10})),
    ),
    "a lambda, a partial, a property": (
        """\
        import functools
        zero = lambda t: t.data.zero_()
        class Box:
            def __init__(self, x):
                self.x = x
            @property
            def value(self):
                return self.x
        out = a.sigmoid()
        y = out.sum()
        functools.partial(zero, Box(out).value)()
        y.backward()
        """,
        Harm("wrong", "unseen-write", 15, frozenset({5})),
    ),
    "a generator": (
        """\
        def writes(x):
            yield x * 2
            x.data.zero_()
        out = a.sigmoid()
        y = sum(each.sum() for each in writes(out))
        y.backward()
        """,
        Harm("wrong", "unseen-write", 9, frozenset({6})),
    ),
    "a backward in a method": (
        """\
        class Trainer:
            def learn(self, loss):
                loss.backward()
        out = (a**2).sum()
        Trainer().learn(out)
        Trainer().learn(out)
        """,
        Harm("refused", "freed", 6, frozenset({6})),
    ),
    "one of two calls of a helper that cuts": (
        """\
        def cut(t):
            t.detach_()
        m = a * 2
        y1 = m.exp().sum()
        cut(a * 3)
        cut(m)
        y2 = (m**2 * a).sum()
        (y1 + y2).backward()
        """,
        Harm("lost", "detached", 11, frozenset({5})),
    ),
    "a helper that freezes": (
        """\
        def require(tensors, flag):
            for t in tensors:
                t.requires_grad = flag
        b = torch.ones(3, requires_grad=True)
        y = (a * b).sum()
        require([b], False)
        y.backward()
        """,
        Harm("lost", "frozen", 10, frozenset({6, 9})),
    ),
    "items of a list": (
        """\
        outs = [a.sigmoid(), a.exp()]
        y = torch.stack(outs).sum()
        for out in outs[1:]:
            out.data *= 0.5
        y.backward()
        """,
        Harm("wrong", "unseen-write", 8, frozenset({7})),
    ),
    "a moving average of what is saved": (
        """\
        net, other = torch.nn.Linear(3, 1), torch.nn.Linear(3, 1)
        y = net(a).sum()
        for p, q in zip(net.parameters(), other.parameters()):
            p.data.mul_(0.9).add_(q.data)
        y.backward()
        """,
        Harm("wrong", "unseen-write", 8, frozenset({7})),
    ),
    "an inner step": (
        """\
        y = (a**3).sum()
        (g,) = torch.autograd.grad(y, [a], create_graph=True)
        out = ((a - 0.1 * g) ** 2).sum()
        a.data.mul_(0.5)
        out.backward()
        """,
        Harm("wrong", "unseen-write", 8, frozenset({7})),
    ),
    "a step by a function of the program": (
        """\
        @torch.no_grad()
        def step(parameters):
            for p in parameters:
                p -= 0.1 * p.grad
        (a**2).sum().backward()
        y = (a**2).sum()
        step([a])
        y.backward()
        """,
        Harm("refused", "modified-inplace", 11, frozenset({7})),
    ),
}


@pytest.mark.parametrize("name", _RIGHT)
def test_right_programs_are_labelled_right(name: str) -> None:
    assert label(_source(_RIGHT[name])).verdict == "right"


@pytest.mark.parametrize("name", _HARMED)
def test_harm_is_labelled_with_its_lines(name: str) -> None:
    body, harm = _HARMED[name]
    found = label(_source(body))
    assert (found.verdict, found.harms) == (harm.kind, (harm,))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("b = a * 2", "no backward"),
        ("a.sum().backward(torch.ones(2))", "RuntimeError: Mismatch in shape"),
        ("unknown.sum().backward()", "NameError"),
        ("i = 0\nwhile i < 1000:\n    i += 1\na.sum().backward()", "too long"),
        ("torch.log(a - a).sum().backward()", "not finite"),
        ("y = (a**2).sum() * 0.0\na.data.add_(1.0)\ny.backward()", "a gradient that is zero"),
        ("h = a.sqrt()\ny = (h**2).sum()\nh.data.mul_(2.0)\ny.backward()", "writes that cancel"),
    ],
)
def test_what_says_nothing_is_discarded(body: str, reason: str) -> None:
    found = label(_source(body))
    assert found.verdict == "discarded"
    assert found.reason.startswith(reason)


def test_labelling_leaves_torch_as_it_was() -> None:
    before = (torch.Tensor.backward, torch.autograd.backward, torch.autograd.grad, torch.get_default_dtype())
    state = torch.random.get_rng_state()
    label(_source("torch.set_grad_enabled(False)\ntorch.rand(3)\na.sum().backward()"))
    after = (torch.Tensor.backward, torch.autograd.backward, torch.autograd.grad, torch.get_default_dtype())
    assert after == before
    assert torch.is_grad_enabled()
    assert torch.equal(torch.random.get_rng_state(), state)
    assert "detach_" not in vars(torch.Tensor)
    assert "requires_grad_" not in vars(torch.Tensor)
    assert "requires_grad" not in vars(torch.Tensor)


def test_a_value_changed_before_it_was_saved() -> None:
    assert changed_before_saved(_source("b = a * 2\nb.data.add_(1)\n(b**2).sum().backward()")) == {5}
    assert changed_before_saved(_source("b = a * 2\nb.sum().backward()\nb.data.add_(1)")) == frozenset()


def test_a_value_changed_before_it_was_saved_in_a_container_of_a_caller() -> None:
    body = """\
        def write(t):
            t.data.add_(1)
        kept = {"parts": [a * 2]}
        write(kept["parts"][0])
        (kept["parts"][0] ** 2).sum().backward()
        """
    assert changed_before_saved(_source(body)) == {5}


def _compared(body: str, opaque: tuple[str, ...] = ()) -> Comparison:
    return compare(Program(_source(body), frozenset(), opaque))


def _pretending(body: str, like: str, opaque: tuple[str, ...] = ()) -> Comparison:
    """A program held against the findings of another one."""
    program = Program(_source(body), frozenset(), opaque)
    return hold_against(program, label(program.source), tuple(check(_source(like))))


_WRONG = "out = a.sigmoid()\nout.data.zero_()\nout.sum().backward()"
_LATE = "out = a.sigmoid()\nout.sum().backward()\nout.data.zero_()"
_REFUSED = "out = a.sigmoid()\nout.detach().zero_()\nout.sum().backward()"


def test_a_hit_is_a_hit() -> None:
    found = _compared(_WRONG)
    assert [finding.code for finding in found.findings] == ["GRD111"]
    assert not any((found.false, found.misplaced, found.missed, found.spoken))
    assert found.right_line


def test_comparison_notices_a_false_alarm() -> None:
    found = _pretending(_LATE, like=_WRONG)
    assert [finding.code for finding in found.false] == ["GRD111"]
    assert found.spoken


def test_comparison_notices_a_harm_of_another_kind() -> None:
    assert [finding.code for finding in _pretending(_REFUSED, like=_WRONG).false] == ["GRD111"]
    assert [finding.code for finding in _pretending(_WRONG, like=_REFUSED).false] == ["GRD121"]


def test_comparison_notices_a_miss() -> None:
    assert _pretending(_WRONG, like="b = 1").missed
    assert _pretending(_REFUSED, like="b = 1").missed


def test_comparison_notices_a_wrong_line() -> None:
    found = _pretending("size = 1\n" + _WRONG, like=_WRONG)
    assert not found.right_line
    assert found.misplaced


def test_another_path_may_bear_a_finding_out() -> None:
    body = "import sys\nout = a.sigmoid()\nif len(sys.argv) > 90:\n    out.data.zero_()\nout.sum().backward()"
    taken = body.replace("len(sys.argv) > 90", "True")
    assert _pretending(body, like=taken).false
    found = _pretending(body, like=taken, opaque=("len(sys.argv) > 90",))
    assert found.elsewhere
    assert not found.false
    assert not found.spoken


def test_other_values_may_bear_a_finding_out() -> None:
    body = "out = F.relu(a * 0.6)\nout.data.sub_(0.2)\nout.sum().backward()"
    found = _pretending(body, like=_WRONG)
    assert found.by_chance
    assert not found.false


def test_examples_are_made_small() -> None:
    program = Program(_source("b = a * 2\nif True:\n    c = b.exp()\n" + _WRONG), frozenset(), ())
    missing = hold_against(program, label(program.source), ())
    small = shrunk(missing, lambda one, other: other.label.verdict == "wrong")
    assert len(small.program.source.splitlines()) == 5
    assert "PyTorch: wrong" in described(small)


def test_every_code_claims_a_cause_that_a_label_can_show() -> None:
    assert all(causes for causes in CLAIMS.values())


@pytest.mark.parametrize(("author", "longest"), [(Author, 70), (StructureAuthor, 250)])
def test_programs_are_valid_python_of_many_styles(author: type[Author], longest: int) -> None:
    styles: set[str] = set()
    sizes: list[int] = []

    @settings(max_examples=60, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(programs(author))
    def look(program: Program) -> None:
        compile(program.source, "<generated>", "exec")
        styles.update(program.styles)
        sizes.append(len(program.source.splitlines()))

    look()
    assert len(styles) > 20
    assert max(sizes) < longest


def test_capabilities_are_many() -> None:
    drawn = islice(programs_of(("structures",), 0), 1000)
    capabilities = {style for program in drawn for style in program.styles if is_capability(style)}
    assert len(capabilities) >= _LEAST_CAPABILITIES
    assert {style.split(":")[0] for style in capabilities} == {"call", "module", "container", "training"}


def test_the_same_seed_gives_the_same_programs() -> None:
    kinds = tuple(AUTHORS)
    one, other = (list(islice(programs_of(kinds, 3), 40)) for _ in range(2))
    assert one == other


def test_respelling_leaves_keywords_and_words_alone() -> None:
    text = 'out = torch.add(h, 1.0, out=out.data, alpha=h) + t.h["out"]'
    assert respelled(text, {"out": "x", "h": "y"}) == 'x = torch.add(y, 1.0, out=x.data, alpha=y) + t.h["out"]'
    assert respelled("self.w * self.w2 - w", {"self.w": "v"}) == "v * self.w2 - w"


@pytest.fixture(scope="module")
def report() -> Report:
    return compare_many(_PROGRAMS, _SEED)


def test_verdicts_are_balanced(report: Report) -> None:
    assert min(report.shares.values()) >= _LEAST_SHARE, report.shares
    assert report.labelled >= 0.9 * _PROGRAMS


def _shown(comparisons: list[Comparison]) -> Callable[[], str]:
    return lambda: "\n\n".join(map(described, comparisons[:3]))


def test_no_false_alarms(report: Report) -> None:
    assert len(report.false) <= _MOST_FALSE, _shown(report.false)()


def test_few_are_missed(report: Report) -> None:
    assert report.missed_share <= _MOST_MISSED, _shown(report.missed)()


def test_findings_stand_on_guilty_lines(report: Report) -> None:
    assert report.right_line_share >= _LEAST_ON_RIGHT_LINE, _shown(report.misplaced)()


def test_right_programs_stay_clean(report: Report) -> None:
    assert report.spoken_share <= _MOST_SPOKEN, _shown(report.spoken)()


@pytest.fixture(scope="module")
def structures() -> Report:
    return compare_many(_STRUCTURES, _STRUCTURES_SEED, ("structures",))


def test_verdicts_of_structures_are_balanced(structures: Report) -> None:
    assert min(structures.shares.values()) >= _LEAST_STRUCTURES_SHARE, structures.shares
    assert structures.labelled >= 0.9 * _STRUCTURES


def test_no_false_alarms_in_structures(structures: Report) -> None:
    assert len(structures.false) <= _MOST_STRUCTURES_FALSE, _shown(structures.false)()


def test_few_are_missed_in_structures(structures: Report) -> None:
    assert structures.missed_share <= _MOST_STRUCTURES_MISSED, _shown(structures.missed)()


def test_findings_in_structures_stand_on_guilty_lines(structures: Report) -> None:
    assert structures.right_line_share >= _LEAST_STRUCTURES_ON_RIGHT_LINE, _shown(structures.misplaced)()


def test_right_structures_stay_clean(structures: Report) -> None:
    assert structures.spoken_share <= _MOST_STRUCTURES_SPOKEN, _shown(structures.spoken)()
