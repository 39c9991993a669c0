"""The harness believes a claim that holds, and says what PyTorch did where a claim does not."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from flake8_gradsafe.runtime.harness import confirm, fixture_paths, read_fixture

SIGMOID = """
import torch
a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
out = a.sigmoid()
"""
CORRUPTED = SIGMOID + "out.data.zero_()\nout.sum().backward()\n"
RIGHT = SIGMOID + "out.sum().backward()\nprint(a.grad)\n"
REFUSED = SIGMOID + "out.detach().zero_()\nout.sum().backward()  # raises here\n"
CUT = """
import torch
x = torch.tensor([1.0, 2.0], requires_grad=True)
m = x * 2
early = m.exp().sum()
m.detach_()
(early + m.sum()).backward()
"""
CUT_AND_UNUSED = CUT.replace("early + m.sum()", "early")
ZEROED_VALUE = """
import torch
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * 2
y.data.zero_()
y.sum().backward()
"""
FREE_OF_WRITES = ZEROED_VALUE.replace("y.data.zero_()", "")
CHANGED_CONSTANT_OF_A_SUM = SIGMOID + "out.data.zero_()\ng, = torch.autograd.grad(out.sum(), a)\n"

Confirm = Callable[..., list[str]]


@pytest.fixture
def judged(tmp_path: Path) -> Confirm:
    """Write a program with its claims to a file, and return what the harness has to say about it."""

    def judge(program: str, *claims: str, driver: str | None = None) -> list[str]:
        lines = "".join(f"# claim: {claim}\n" for claim in claims)
        path = tmp_path / "program.py"
        path.write_text(f'"""What PyTorch does."""\n{lines}{program}')
        if driver is not None:
            (tmp_path / "program.driver.py").write_text(driver)
        return confirm(read_fixture(path))

    return judge


@pytest.mark.parametrize(
    ("program", "claim"),
    [
        (CORRUPTED, "wrong-gradient a"),
        (CHANGED_CONSTANT_OF_A_SUM, "wrong-gradient g"),
        (CORRUPTED, "grad a [0.0, 0.0, 0.0]"),
        (RIGHT, "correct"),
        (RIGHT, "grad a [0.1966, 0.1050, 0.0452]"),
        (RIGHT, 'prints "0.1966"'),
        (RIGHT, "none-grad out"),
        (REFUSED, 'raises "modified by an inplace operation"'),
        (SIGMOID + "torch.optim.SGD([out], lr=0.1)  # raises here\n", 'raises ValueError "optimize a non-leaf Tensor"'),
        (CUT, "lost-gradient x"),
        (ZEROED_VALUE, "wrong-value x"),
    ],
)
def test_a_claim_that_holds(judged: Confirm, program: str, claim: str) -> None:
    assert judged(program, claim) == []


@pytest.mark.parametrize(
    ("program", "claim", "sentence"),
    [
        (RIGHT, "wrong-gradient a", "the gradient of a is the same with private copies"),
        (SIGMOID, "wrong-gradient a", "the gradient of a is None"),
        (CORRUPTED, "correct", "a.grad is [0.0, 0.0, 0.0], with private copies"),
        (CHANGED_CONSTANT_OF_A_SUM, "correct", "g is [0.0, 0.0, 0.0], with private copies"),
        (SIGMOID, "correct", "no gradient was computed"),
        (REFUSED.replace("# raises here", ""), "correct", "the program raised RuntimeError at line 8"),
        (CORRUPTED, "grad a [0.1966, 0.1050, 0.0452]", "the gradient of a is [0.0, 0.0, 0.0]"),
        (RIGHT, "grad a [0.1966]", "the gradient of a is [0.1966"),
        (SIGMOID, "grad a [0.1966]", "the gradient of a is None"),
        (RIGHT, 'prints "0.2"', "it printed 'tensor([0.1966"),
        (RIGHT, "none-grad a", "a.grad is [0.1966"),
        (RIGHT + "0  # raises here", 'raises "modified"', "the program ran to its end"),
        (REFUSED, 'raises "second time"', "the message was: one of the variables"),
        (SIGMOID + "raise ValueError('no')  # raises here", 'raises "no"', "it raised ValueError: no"),
        (CUT_AND_UNUSED, "lost-gradient x", "the gradient of x is the same without detach_()"),
        (FREE_OF_WRITES, "wrong-value x", "the gradient of x agrees with central differences"),
    ],
)
def test_a_claim_that_fails(judged: Confirm, program: str, claim: str, sentence: str) -> None:
    (said,) = judged(program, claim)
    assert sentence in said


def test_an_error_from_another_line_is_told(judged: Confirm) -> None:
    program = SIGMOID + "out.detach().zero_()  # raises here\nout.sum().backward()\n"
    (said,) = judged(program, 'raises "modified by an inplace operation"')
    assert "line 8, not from line 7" in said


def test_every_claim_must_hold(judged: Confirm) -> None:
    assert len(judged(RIGHT, "correct", "none-grad a", 'prints "nothing"')) == 2


def test_a_driver_plays_the_caller(judged: Confirm) -> None:
    driver = "out.data.zero_()\nout.sum().backward()\n"
    assert judged(SIGMOID, "wrong-gradient a", driver=driver) == []


def test_an_error_in_the_driver_is_told_as_unexpected(judged: Confirm) -> None:
    (said,) = judged(SIGMOID, "correct", driver="out.detach().backward()\n")
    assert "raised RuntimeError" in said


def test_an_error_may_come_from_the_driver(judged: Confirm) -> None:
    driver = "out.detach().zero_()\nout.sum().backward()\n"
    assert judged(SIGMOID, 'raises "modified by an inplace operation"', driver=driver) == []


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        ("none-grad b", "no global b"),
        ("none-grad torch", "torch is no tensor"),
        ('prints ""', "not a quoted text"),
    ],
)
def test_a_claim_about_nothing_is_refused(judged: Confirm, claim: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        judged(RIGHT, claim)


def test_central_differences_need_a_module_level_assignment(judged: Confirm) -> None:
    with pytest.raises(ValueError, match="does not assign w at module level"):
        judged(ZEROED_VALUE, "wrong-value w")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("# claim: correct\n", "a docstring must say"),
        ('"""Text."""\n', "no claim is made"),
        ('"""Text."""\n# claim: perfect\n', "unknown claim: perfect"),
        ('"""Text."""\n# claim: correct a\n', "wrong argument"),
        ('"""Text."""\n# claim: none-grad\n', "wrong argument"),
        ('"""Text."""\n# claim: raises "x"\n', "the line that raises must be marked"),
        ('"""Text."""\n# claim: correct\n1  # raises here\n', "no claim says what"),
        ('"""Text."""\n# claim: raises "x"\n1  # raises here\n2  # raises here\n', "only one line can raise"),
        ('"""Text."""\n# claim: raises "x"\n# claim: correct\n1  # raises here\n', "leaves no gradient"),
        ('"""Text."""\n# claim: correct\n1  # expect: GRD1\n', "not a code: 'GRD1'"),
    ],
)
def test_a_malformed_fixture_is_refused(tmp_path: Path, source: str, message: str) -> None:
    path = tmp_path / "program.py"
    path.write_text(source)
    with pytest.raises(ValueError, match=message):
        read_fixture(path)


def test_markers_are_read_from_comments_only(tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(
        '"""Text."""\n# claim: raises "key words"\n'
        "text = '# expect: GRD111'\n"
        "call()  # expect: GRD121, GRD911  # todo-expect: GRD912  # raises here\n"
    )
    fixture = read_fixture(path)
    assert fixture.expected == {4: ["GRD121", "GRD911"]}
    assert fixture.todo == {4: ["GRD912"]}
    assert fixture.raises_line == 4
    assert [str(claim) for claim in fixture.claims] == ['raises "key words"']


def test_drivers_are_no_fixtures(tmp_path: Path) -> None:
    for name in ("b.py", "a.py", "a.driver.py"):
        (tmp_path / name).touch()
    assert fixture_paths(tmp_path) == [tmp_path / "a.py", tmp_path / "b.py"]


def test_a_run_leaves_no_trace(judged: Confirm) -> None:
    methods = dict(vars(torch.Tensor))
    judged(CUT + "torch.set_grad_enabled(False)\n", "lost-gradient x")
    judged(ZEROED_VALUE, "wrong-value x")
    assert dict(vars(torch.Tensor)) == methods
    assert torch.is_grad_enabled()
    assert torch.get_default_dtype() is torch.float32
