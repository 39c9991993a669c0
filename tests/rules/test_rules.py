"""Each rule explains itself: its page is complete, its examples are true in PyTorch and reported so."""

import importlib
import inspect
import re
import warnings
from pathlib import Path
from types import ModuleType

import pytest
import torch

from flake8_gradsafe import Finding
from flake8_gradsafe.autograd.graph import ErrorKind
from flake8_gradsafe.config.codes import CODES, modules
from flake8_gradsafe.engine import check
from flake8_gradsafe.rules import RULES, Rule, wording
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.runtime.claims import Claim, Runs, judge
from flake8_gradsafe.runtime.harness import fixture_paths, read_fixture
from flake8_gradsafe.runtime.pages import programs
from flake8_gradsafe.runtime.run import run_cloning, run_plainly, run_without_detaching_in_place
from tests.findings import findings_of

ROOT = Path(__file__).parents[2]
FIXTURES = fixture_paths(ROOT / "fixtures")
HEADINGS = [
    "What it does",
    "Why it is unsafe",
    "Example",
    "Use instead",
    "Fix safety",
    "Limits",
    "References",
]

#: What PyTorch says to the example of a rule, with its caller: one of these. To the others' examples it says nothing.
REFUSALS = {
    code: [wording.SENTENCES[claim] for claim in rule.claims if isinstance(claim, ErrorKind)]
    for code, rule in RULES.items()
    if rule.claims and all(isinstance(claim, ErrorKind) for claim in rule.claims)
}
#: The pages of whose "Use instead" central differences tell nothing: what is detached is a constant, or the leaf is stepped
#: in a loop or filled after it was made, or there is no gradient.
WITHOUT_SLOPES = {
    "GRD123",
    "GRD126",
    "GRD132",
    "GRD152",
    "GRD154",
    "GRD161",
    "GRD162",
    "GRD163",
    "GRD164",
    "GRD165",
    "GRD166",
    "GRD171",
    "GRD175",
    "GRD176",
    "GRD172",
    "GRD178",
    "GRD179",
    "GRD227",
    "GRD253",
    "GRD271",
    "GRD272",
    "GRD274",
    "GRD275",
    "GRD276",
    "GRD277",
    "GRD278",
    "GRD279",
    "GRD911",
    "GRD931",
}


def _module(code: str) -> ModuleType:
    return importlib.import_module(f"flake8_gradsafe.rules.{code.lower()}")


def _page(code: str) -> str:
    return inspect.getdoc(_module(code)) or ""


def _section(code: str, heading: str) -> str:
    _, found, rest = _page(code).partition(f"## {heading}\n")
    assert found, f"{code} has no {heading}"
    return rest.partition("\n## ")[0].strip()


def _program(code: str, heading: str) -> str:
    page = programs(code)
    return page.example if heading == "Example" else page.instead


def _codes(text: str) -> list[str]:
    return [finding.code for finding in check(text)]


def _error_of(text: str) -> Exception | None:
    torch.set_num_threads(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.manual_seed(0)
        try:
            exec(compile(text, "<example>", "exec"), {"__name__": "__main__"})
        except Exception as error:  # noqa: BLE001
            return error
    return None


every_rule = pytest.mark.parametrize("code", RULES)


def test_rules_are_the_modules_named_after_codes() -> None:
    files = {path.stem for path in (ROOT / "flake8_gradsafe" / "rules").glob("grd*.py")}
    assert files == set(modules())
    assert tuple(RULES) == CODES == tuple(sorted(name.upper() for name in files))
    assert len({rule.name for rule in RULES.values()}) == len(RULES)
    assert len({rule.summary for rule in RULES.values()}) == len(RULES)


@every_rule
def test_rule_is_whole(code: str) -> None:
    rule = RULES[code]
    assert isinstance(rule, Rule)
    assert rule.code == code
    assert re.fullmatch(r"GRD[129]\d\d", code)
    assert re.fullmatch(r"[a-z]+_?(-[a-z]+_?)+", rule.name)
    assert re.fullmatch(r"\d+\.\d+\.\d+", rule.since)
    assert rule.advisory == code.startswith("GRD9")
    assert rule.claims or rule.advisory
    assert rule.summary.endswith(".")
    assert "\n" not in rule.summary
    assert _page(code).split("\n")[0] == rule.summary


@every_rule
def test_page_has_its_headings_in_order(code: str) -> None:
    assert re.findall(r"^## (.+)$", _page(code), re.MULTILINE) == HEADINGS
    assert all(_section(code, heading) for heading in HEADINGS)


@every_rule
def test_example_is_reported_with_this_code_alone(code: str) -> None:
    assert _codes(_program(code, "Example")) == [code]


@every_rule
def test_what_is_used_instead_is_not_reported(code: str) -> None:
    found = _codes(_program(code, "Use instead"))
    assert code not in found
    assert not [other for other in found if not other.startswith("GRD9")]


@every_rule
def test_pytorch_does_to_the_example_what_the_code_says(code: str) -> None:
    page = programs(code)
    error = _error_of(page.example + page.caller)
    if code in REFUSALS:
        assert isinstance(error, RuntimeError)
        assert any(sentence in " ".join(str(error).split()) for sentence in REFUSALS[code])
    else:
        assert error is None


@every_rule
def test_what_is_used_instead_runs_and_every_gradient_is_right(code: str, tmp_path: Path) -> None:
    if code != "GRD161":  # it has none
        assert judge(Claim("correct", ""), _instead(code, tmp_path)) == []


@pytest.mark.parametrize("code", [code for code in RULES if code not in WITHOUT_SLOPES])
def test_gradients_of_what_is_used_instead_are_the_slopes_of_the_loss(code: str, tmp_path: Path) -> None:
    namespace = _instead(code, tmp_path).plain.namespace
    leaves = [name for name, value in namespace.items() if _is_leaf_with_gradient(value)]
    modules = {name: each for name, each in namespace.items() if isinstance(each, torch.nn.Module)}
    leaves += [
        f"{name}.{at}"
        for name, each in modules.items()
        for at, leaf in each.named_parameters()
        if leaf.grad is not None
    ]
    assert leaves
    for name in leaves:
        assert judge(Claim("right-value", name), _instead(code, tmp_path)) == []


def _instead(code: str, folder: Path) -> Runs:
    program = folder / "program.py"
    program.write_text(programs(code).instead + programs(code).caller, encoding="utf-8")
    return Runs(program, None, None)


QUOTED = re.compile(r'RuntimeError "([^"]+)"')


def test_sentences_that_are_quoted_are_those_that_pytorch_prints() -> None:
    quoted: set[str] = set()
    for path in FIXTURES:
        messages = [
            finding.message for finding in findings_of(path.read_text(encoding="utf-8")) if finding.code in RULES
        ]
        sentences = {sentence for message in messages for sentence in QUOTED.findall(message)}
        if len(messages) == 1 and sentences:
            error = Runs(path, read_fixture(path).driver, None).plain.error
            if error is not None:  # else the program, or its driver, expects it
                assert sentences <= {each for each in sentences if each in " ".join(str(error).split())}, path
                quoted |= sentences
    assert quoted == set(wording.SENTENCES.values())


@every_rule
def test_what_the_page_quotes_is_what_the_messages_quote(code: str) -> None:
    if code in REFUSALS:
        page = " ".join(_page(code).split())
        assert any(sentence in page for sentence in REFUSALS[code])


@pytest.mark.parametrize(
    "code", [code for code, rule in RULES.items() if rule.proven and Harm.WRONG_GRADIENT in rule.claims]
)
def test_example_of_a_corruption_has_a_wrong_gradient_and_its_replacement_a_right_one(
    code: str, tmp_path: Path
) -> None:
    assert _gradients_differ(_program(code, "Example"), tmp_path)
    assert not _gradients_differ(_program(code, "Use instead"), tmp_path)


def test_example_of_a_cut_loses_a_share_of_the_gradient(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(_program("GRD131", "Example"), encoding="utf-8")
    plain, uncut = run_plainly(program, None), run_without_detaching_in_place(program, None)
    assert not torch.equal(plain.namespace["a"].grad, uncut.namespace["a"].grad)


def _gradients_differ(text: str, folder: Path) -> bool:
    program = folder / "program.py"
    program.write_text(text, encoding="utf-8")
    plain, cloning = run_plainly(program, None), run_cloning(program, None)
    assert plain.error is cloning.error is None
    leaves = [name for name, value in plain.namespace.items() if _is_leaf_with_gradient(value)]
    assert leaves
    return any(not torch.equal(plain.namespace[name].grad, cloning.namespace[name].grad) for name in leaves)


def _is_leaf_with_gradient(value: object) -> bool:
    return isinstance(value, torch.Tensor) and value.is_leaf and value.grad is not None


@every_rule
def test_references_exist(code: str) -> None:
    for path in re.findall(r"fixtures/\S+", _section(code, "References")):
        assert (ROOT / path).is_dir()
    assert f"fixtures/{code.lower()}" in _section(code, "References")


@pytest.fixture(scope="module")
def findings() -> list[Finding]:
    """What is found in every fixture and every example."""
    texts = [path.read_text(encoding="utf-8") for path in FIXTURES]
    texts += [_program(code, "Example") for code in RULES]
    return [finding for text in texts for finding in findings_of(text)]


def test_messages_are_one_plain_line(findings: list[Finding]) -> None:
    assert {finding.code for finding in findings} == set(RULES)
    for finding in findings:
        texts = [finding.message, finding.help, *(step.text for step in finding.trace)]
        for text in texts:
            assert "\n" not in text
            assert "{here}" not in text
            assert not text.endswith((".", " ")), text
            assert text == text.strip()
            assert "  " not in re.sub(r"`[^`]*`", "code", text), text
        assert finding.message
        assert finding.name == RULES[finding.code].name


def test_message_shows_the_source_at_its_place() -> None:
    (finding,) = check(_program("GRD111", "Example"))
    assert "`out.data.zero_()`" in finding.message


def test_proven_findings_assume_nothing(findings: list[Finding]) -> None:
    for finding in findings:
        if finding.code.startswith("GRD1"):
            assert finding.assumed == ()


def test_roles_of_a_trace_are_the_seven(findings: list[Finding]) -> None:
    roles = {step.role for finding in findings for step in finding.trace}
    assert roles <= {"made", "saved", "aliased", "called", "written", "cut", "read"}


@pytest.mark.parametrize("page", ["README.md", "CHANGELOG.md"])
@every_rule
def test_rule_is_mentioned(code: str, page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert re.search(rf"\b{code}\b", text)
    if page == "README.md":
        assert RULES[code].name in text
