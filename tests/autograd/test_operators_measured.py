"""operators.json says what the installed PyTorch does: everything is measured once more and compared."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("expecttest")

from flake8_gradsafe.autograd.operators import operator_table  # noqa: E402
from flake8_gradsafe.runtime import measure  # noqa: E402  (needs torch)

DOCUMENT: dict[str, Any] = json.loads(measure.FILE.read_text(encoding="utf-8"))
installed = torch.__version__.split("+")[0]


def is_sampled(name: str) -> bool:
    """True for one name in fifty-six, always the same ones; of one that has aliases, for all of these."""
    return sum(name.rpartition(".")[2].encode()) % 56 == 2


@pytest.mark.long
@pytest.mark.skipif(installed != DOCUMENT["torch"], reason="operators.json was measured on another PyTorch")
def test_measuring_some_again_changes_nothing() -> None:
    again = json.loads(json.dumps(measure.measure(is_sampled)))
    rows = {name: DOCUMENT[name] for name in ("operators", "modules")}
    kept = {section: {name: row for name, row in its.items() if is_sampled(name)} for section, its in rows.items()}
    assert min(map(len, kept.values())) > 4
    assert list(measure.drift(DOCUMENT | kept | {"skipped": again["skipped"]}, again)) == []


@pytest.mark.slow
@pytest.mark.skipif(installed != DOCUMENT["torch"], reason="operators.json was measured on another PyTorch")
def test_measuring_again_changes_nothing() -> None:
    again = json.loads(json.dumps(measure.measure()))
    assert list(measure.drift(DOCUMENT, again)) == []
    assert measure.to_text(again) == measure.FILE.read_text(encoding="utf-8")


def fact(operator: str, form: str, inplace: bool = False) -> dict[str, Any]:
    row = DOCUMENT["operators"][operator]
    number = row["inplace_forms" if inplace else "forms"][form]
    found: dict[str, Any] = DOCUMENT["facts"][number]
    return found


def saved(found: dict[str, Any]) -> set[str]:
    return {save["what"] for save in found["saves"]}


RESULT = {"output.0"}
INPUT = {"input"}


@pytest.mark.parametrize(
    ("operator", "form", "expected"),
    [
        *((name, "input:T", RESULT) for name in ("sigmoid", "tanh", "exp", "sqrt", "rsqrt", "reciprocal")),
        ("nn.functional.relu", "input:T", RESULT),
        ("softmax", "input:T,dim:1", RESULT),
        ("std", "input:T", RESULT | INPUT),
        ("norm", "input:T", RESULT | INPUT),
        ("max", "input:T", RESULT | INPUT),
        ("prod", "input:T", RESULT | INPUT),
        *((name, "input:T", INPUT) for name in ("log", "abs", "sin", "cos", "erf", "square", "var")),
        ("nn.functional.leaky_relu", "input:T", INPUT),
        ("nn.functional.gelu", "input:T", INPUT),
        ("nn.functional.mse_loss", "input:T,target:T", {"input", "target"}),
        ("nn.functional.l1_loss", "input:T,target:T", set[str]()),
        ("mul", "input:T,other:n", set[str]()),
        ("add", "input:T,other:T", set[str]()),
        ("clone", "input:T", set[str]()),
        ("nn.functional.dropout", "input:T", set[str]()),
    ],
)
def test_what_is_saved(operator: str, form: str, expected: set[str]) -> None:
    assert saved(fact(operator, form)) == expected


def test_a_factor_is_saved_for_the_other_one() -> None:
    saves = {save["what"]: save for save in fact("mul", "input:T,other:T")["saves"]}
    assert saves["input"]["when"] == ["other"]
    assert saves["other"]["when"] == ["input"]
    assert {save["by"] for save in saves.values()} == {"reference"}


def test_a_result_is_kept_by_a_private_handle() -> None:
    assert [save["by"] for save in fact("sigmoid", "input:T")["saves"]] == ["handle"]


@pytest.mark.parametrize(
    ("operator", "form", "reads"),
    [
        ("nn.functional.relu", "input:T", "sign"),
        ("abs", "input:T", "sign"),
        ("nn.functional.leaky_relu", "input:T", "sign"),
        ("sigmoid", "input:T", "value"),
        ("pow", "input:T,exponent:2", "value"),
        ("gather", "input:T,dim:1,index:I", "shape"),
    ],
)
def test_what_backward_reads(operator: str, form: str, reads: str) -> None:
    first = next(s for s in fact(operator, form)["saves"] if s["what"] in ("input", "output.0"))
    assert (first["reads"], first["checked"]) == (reads, True)


def test_aliases() -> None:
    def aliases(operator: str, form: str, inplace: bool = False) -> list[tuple[str, bool]]:
        return [(a["kind"], a["sure"]) for a in fact(operator, form, inplace)["aliases"]]

    assert aliases("view", "input:T,size:t") == [("view", True)]
    assert aliases("reshape", "input:T,shape:t") == [("view", False)]
    assert aliases("contiguous", "input:T") == [("same", False)]
    assert aliases("to", "input:T,device:d") == [("same", False)]
    assert aliases("clone", "input:T") == []
    assert aliases("sigmoid", "input:T", inplace=True) == [("same", True)]
    assert aliases("view_as_real", "input:C") == aliases("view_as_complex", "input:T") == [("view", True)]
    assert aliases("imag", "input:C") == aliases("real", "input:C") == [("part", True)]
    assert aliases("real", "input:T") == [("same", True)]
    assert aliases("__getitem__", "input:T,index:(S0)") == [("part", True)]
    assert aliases("__getitem__", "input:T,index:(SI)") == []
    assert fact("unbind", "input:T")["multi_view"] is True
    assert fact("view", "input:T,size:t")["multi_view"] is False


@pytest.mark.parametrize(
    ("operator", "form", "passes"),
    [
        ("add", "input:T,other:T", ["input", "other"]),
        ("add", "input:T,other:T,alpha:2", ["input"]),
        ("add", "input:T,other:2", ["input"]),
        ("sub", "input:T,other:T", ["input"]),
        *(
            (name, "input:T", ["input"])
            for name in ("clone", "contiguous", "flatten", "sum", "t", "squeeze", "positive")
        ),
        ("view", "input:T,size:t", ["input"]),
        ("reshape", "input:T,shape:t", ["input"]),
        ("cat", "tensors:L", ["tensors"]),
        ("nn.functional.dropout", "input:T,training:False", ["input"]),
        *((name, "input:T", []) for name in ("nn.functional.dropout", "mean", "neg", "sigmoid", "exp")),
        ("mul", "input:T,other:T", []),
        ("matmul", "input:T,other:T", []),
        ("expand", "input:T,size:t", []),
        ("expand_as", "input:T,other:T", []),
        ("nn.functional.linear", "input:T,weight:T,bias:T", []),
    ],
)
def test_whose_gradient_is_the_incoming_one(operator: str, form: str, passes: list[str]) -> None:
    assert fact(operator, form).get("passes", []) == passes


def test_kinds_of_what_is_given_are_told_of_complex_numbers() -> None:
    assert fact("fft.rfft", "input:T")["kinds"] == fact("mul", "input:T,other:j")["kinds"] == ["C"]
    assert fact("abs", "input:C")["kinds"] == fact("fft.irfft", "input:C,n:n")["kinds"] == ["T"]
    assert "kinds" not in fact("abs", "input:T")


def test_what_has_no_derivative_is_in_no_graph() -> None:
    assert fact("floor_divide", "input:T,other:2")["differentiable"] == []
    assert fact("round", "input:T")["differentiable"] == [0]


def test_add_alone_hands_the_same_gradient_to_two_operands() -> None:
    several = {
        name
        for name, row in DOCUMENT["operators"].items()
        for key in ("forms", "inplace_forms")
        for number in row[key].values()
        if len(DOCUMENT["facts"][number].get("passes", [])) > 1
    }
    assert several == {"add", "block_diag", "complex"}
    (x, y) = (torch.ones(2, requires_grad=True) for _ in range(2))
    upstream = torch.ones(2)
    for_x, for_y = torch.autograd.grad(x + y, (x, y), upstream)
    assert for_x.data_ptr() == for_y.data_ptr() == upstream.data_ptr()
    for apart in (torch.block_diag, torch.complex):
        joined = apart(x, y)
        for_x, for_y = torch.autograd.grad(joined, (x, y), torch.ones_like(joined.detach()))
        assert for_x.data_ptr() != for_y.data_ptr()


def test_passes_are_merged_by_what_holds_for_all() -> None:
    known = operator_table()
    add, subtract = known.functions["torch.add"], known.functions["torch.sub"]
    together = known.behaviour(add, "input:T,other:T")
    assert together is not None
    assert together.passes == ("input", "other")
    assert known.behaviour_of_any(add, ("input:T,other:T", "input:T,other:n")).passes == ("input",)
    assert known.behaviour_of_any(subtract, ("input:T,other:T", "input:n,other:T")).passes == ()


def test_writes() -> None:
    assert fact("sigmoid", "input:T", inplace=True)["writes"] == [{"what": "input", "seen": True}]
    assert fact("sigmoid", "input:T")["writes"] == []
    training = DOCUMENT["facts"][DOCUMENT["modules"]["BatchNorm2d"]["forms"]["train"]]
    assert {"what": "self.running_mean", "seen": False} in training["writes"]


def test_every_number_names_a_fact_and_every_fact_is_used() -> None:
    rows = [*DOCUMENT["operators"].values(), *DOCUMENT["modules"].values()]
    used = {n for row in rows for key in ("forms", "inplace_forms") for n in row.get(key, {}).values()}
    assert used == set(range(len(DOCUMENT["facts"])))


def test_a_name_belongs_to_one_operator_only() -> None:
    for kind in ("functions", "methods", "inplace"):
        names = [name for row in DOCUMENT["operators"].values() for name in row[kind]]
        assert len(names) == len(set(names))


def test_forms_are_spelt_as_their_operators_parameters() -> None:
    for name, row in DOCUMENT["operators"].items():
        for form in (*row["forms"], *row["inplace_forms"]):
            written = [part.partition(":")[0] for part in form.split(",")]
            unknown = {w for w in written if w not in row["parameters"] and not re.fullmatch(r"arg\d+", w)}
            assert not unknown, (name, form)


def test_drift_is_told_by_row() -> None:
    changed = json.loads(json.dumps(DOCUMENT))
    del changed["operators"]["sin"]
    changed["operators"]["new"] = changed["operators"]["cos"]
    changed["facts"].append({"outputs": "other"})
    changed["operators"]["exp"]["forms"]["input:T"] = len(changed["facts"]) - 1
    assert list(measure.drift(DOCUMENT, changed)) == [
        "changed operators exp: forms [input:T]",
        "added operators new",
        "gone operators sin",
    ]
