"""What the guard sees of a program that runs, and that it changes nothing else about it."""

import threading
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch.utils.checkpoint import checkpoint

from flake8_gradsafe.runtime import guard
from flake8_gradsafe.runtime.auditing.findings import GradientError, GradientWarning
from flake8_gradsafe.runtime.auditing.guard import Guard
from flake8_gradsafe.runtime.harness import fixture_paths, read_fixture
from flake8_gradsafe.runtime.run import run_plainly

FIXTURES = Path(__file__).parents[3] / "fixtures"
#: One in so many fixtures is run here, and all of them where slow tests are asked for.
EVERY = 12
#: The gradient of a row that leads nowhere is wrong, and no leaf has it.
_LEADS_NOWHERE = "language/paths/buffer_row_without_graph.py"
#: These rules are about memory that an operator saved.
_SAVED = ("grd111", "grd112", "grd113", "grd114", "grd115")


def _programs() -> list[object]:
    paths = [path.relative_to(FIXTURES).as_posix() for path in fixture_paths(FIXTURES)]
    return [pytest.param(path, marks=[pytest.mark.slow] if number % EVERY else []) for number, path in enumerate(paths)]


def _overwrite(x: torch.Tensor) -> torch.Tensor:
    out = x.sigmoid()
    out.data.zero_()  # noqa: GRD111  # written here
    return out


def _line_of(text: str) -> int:
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.endswith(f"# {text}"))


@pytest.mark.parametrize("path", _programs())
def test_a_program_runs_under_the_guard_as_without_it(path: str) -> None:
    fixture = read_fixture(FIXTURES / path)
    plain = run_plainly(fixture.path, fixture.driver)
    watching = Guard("record")
    with watching:
        guarded = run_plainly(fixture.path, fixture.driver)
    assert type(guarded.error) is type(plain.error)
    assert guarded.error_line == plain.error_line
    assert guarded.printed == plain.printed
    kinds = {seen.kind for seen in watching.findings}
    if "/safe/" in path or [claim.kind for claim in fixture.claims] == ["correct"]:
        assert kinds == set() or path == _LEADS_NOWHERE
    if path.startswith(_SAVED) and "/wrong/" in path and not path.endswith(".advised.py"):
        assert kinds & {"overwritten", "replaced"}
        files = {Path(line.file) for seen in watching.findings for line in seen.lines[-1:]}
        places = {seen.lines[-1].number for seen in watching.findings}
        assert places & set(fixture.expected) or fixture.path not in files


def test_the_writer_and_the_operator_that_saved_are_named() -> None:
    x = torch.ones(3, requires_grad=True)
    with guard("record") as watching:
        torch.autograd.backward(_overwrite(x).sum())
    (seen,) = watching.findings
    assert seen.kind == "overwritten"
    assert "`zero_` at" in seen.message
    assert "that `sigmoid` at" in seen.message
    assert [line.number for line in seen.lines] == [_line_of("written here") - 1, _line_of("written here")]


def test_it_raises_warns_or_records() -> None:
    def train() -> None:
        torch.autograd.backward(_overwrite(torch.ones(3, requires_grad=True)).sum())

    with pytest.raises(GradientError, match="the gradient that it gives on is wrong"), guard():
        train()
    with pytest.warns(GradientWarning, match="the gradient that it gives on is wrong"), guard("warn"):
        train()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        guard("record")(train)()
    with pytest.raises(ValueError, match='mode: \'shout\'; expected "raise", "warn" or "record"'):
        guard("shout")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "write",
    [
        lambda out: out.data.add_(1.0),  # noqa: GRD911
        lambda out: out.detach().numpy().fill(0.0),
        lambda out: setattr(out, "data", torch.zeros(3)),
        lambda out: out.untyped_storage().fill_(0),
        lambda out: torch.add(out.data, 1.0, out=out.data),  # noqa: GRD911
    ],
    ids=["data", "numpy", "swapped", "storage", "out"],
)
@pytest.mark.parametrize("exact", [True, False])
def test_all_ways_past_autograd_are_seen_with_their_line(write: Callable[[torch.Tensor], object], exact: bool) -> None:
    x = torch.ones(3, requires_grad=True)
    with guard("record", exact=exact) as watching:
        hidden = x.exp()
        out = hidden * hidden
        write(hidden)  # changed here
        torch.autograd.backward(out.sum())
    assert watching.findings
    assert all(
        _line_of("changed here") == seen.lines[-1].number or "lambda" in seen.lines[-1].text
        for seen in watching.findings
    )


def test_a_change_that_backward_does_not_read_is_harmless() -> None:
    x = torch.ones(3, requires_grad=True)
    with guard():
        out = x.relu()
        out.data.mul_(2.0)  # noqa: GRD911  # relu's backward reads the sign alone
        torch.autograd.backward(out.sum())
    assert x.grad is not None


def test_pytorchs_own_refusal_names_the_line_that_wrote() -> None:
    x = torch.ones(3, requires_grad=True)

    @guard("record")
    def train() -> None:
        out = x.exp()
        out.mul_(2.0)  # noqa: GRD141  # refused here
        torch.autograd.backward(out.sum())

    with pytest.raises(RuntimeError, match="modified by an inplace operation") as raised:
        train()
    assert f"`exp` at {_here('refused here', -1)} saved it for backward; `mul_` at {_here('refused here')}" in str(
        raised.value
    )


def _here(text: str, behind: int = 0) -> str:
    return f"{Path(__file__).relative_to(Path.cwd())}:{_line_of(text) + behind}"


def test_a_step_before_backward_is_refused_with_its_line() -> None:
    layer, head = torch.nn.Linear(2, 2), torch.nn.Linear(2, 1)
    optimizer = torch.optim.SGD([*layer.parameters(), *head.parameters()], lr=0.1)

    @guard("record")
    def train() -> None:
        torch.autograd.backward(head(layer(torch.ones(1, 2))).sum(), retain_graph=True)
        loss = head(layer(torch.ones(1, 2))).sum()
        optimizer.step()  # stepped here
        torch.autograd.backward(loss)

    with pytest.raises(RuntimeError, match="changed it") as raised:
        train()
    assert _here("stepped here") in str(raised.value)


def test_a_leaf_that_is_frozen_before_its_gradient_comes_is_told() -> None:
    layer = torch.nn.Linear(2, 1)
    with guard("record") as watching:
        loss = layer(torch.ones(1, 2)).sum()
        layer.weight.requires_grad_(False)  # noqa: GRD135  # frozen here
        torch.autograd.backward(loss)
    (seen,) = watching.findings
    assert (seen.kind, seen.lines[0].number) == ("frozen", _line_of("frozen here"))


def test_what_no_step_trains_is_noted_and_not_raised() -> None:
    used, idle, left_out = torch.nn.Linear(2, 2), torch.nn.Linear(2, 2), torch.nn.Linear(2, 1)
    optimizer = torch.optim.SGD([*used.parameters(), *idle.parameters()], lr=0.1)
    with guard() as watching:
        for _ in range(3):
            optimizer.zero_grad()
            torch.autograd.backward(left_out(used(torch.ones(1, 2))).sum())
            optimizer.step()
    assert [note.kind for note in watching.notes] == ["never-trained", "not-in-optimizer"]
    assert "none of its 3 steps found a gradient there" in watching.notes[0].message


@pytest.mark.parametrize("reentrant", [True, False])
def test_checkpoints_hooks_and_second_order_are_right(reentrant: bool) -> None:
    layer = torch.nn.Linear(3, 3)
    x = torch.ones(2, 3, requires_grad=True)
    with guard():
        hidden: torch.Tensor = checkpoint(layer, x, use_reentrant=reentrant)
        hidden.register_hook(lambda gradient: gradient * 2)  # type: ignore[no-untyped-call]
        (first,) = (
            torch.autograd.grad(hidden.pow(3).sum(), x, create_graph=not reentrant) if not reentrant else (hidden,)
        )
        torch.autograd.backward(first.sum())
    assert layer.weight.grad is not None


def test_a_thread_has_its_own_calls() -> None:
    found: list[str] = []

    def train() -> None:
        with guard("record") as watching:
            torch.autograd.backward(_overwrite(torch.ones(3, requires_grad=True)).sum())
        found.extend(seen.kind for seen in watching.findings)

    thread = threading.Thread(target=train)
    thread.start()
    thread.join()
    assert found == ["overwritten"]


def test_memory_is_given_back_with_the_graph() -> None:
    watching = guard("record")
    with watching:
        out = torch.ones(3, requires_grad=True).exp()
        assert watching._live
        del out
    assert not watching._live


def test_a_custom_function_is_watched_and_put_back() -> None:
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx: torch.autograd.function.FunctionCtx, x: torch.Tensor) -> torch.Tensor:
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx: torch.autograd.function.FunctionCtx, *gradients: torch.Tensor) -> torch.Tensor:
            (x,) = ctx.saved_tensors  # type: ignore[attr-defined]
            return 2.0 * torch.as_tensor(x) * gradients[0]

    plain = torch.autograd.Function.__dict__["apply"]
    x = torch.ones(3, requires_grad=True)
    with guard("record") as watching:
        out = Square.apply(x)  # type: ignore[no-untyped-call]
        x.data.fill_(5.0)  # noqa: GRD111
        torch.autograd.backward(out.sum())
    assert "`Square.apply` at" in watching.findings[0].message
    assert torch.autograd.Function.__dict__["apply"] is plain
