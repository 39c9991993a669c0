"""The tables of what losses train, as they are printed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from flake8_gradsafe.explain_line import inquire
from flake8_gradsafe.loss_report import (
    Answer,
    GradientState,
    Kind,
    Line,
    LossReport,
    ParameterRow,
    Reason,
    Verdict,
    is_named_as_loss,
)
from flake8_gradsafe.report import loss_table
from tests.command.running import gradsafe
from tests.losses import programs

if TYPE_CHECKING:
    from pathlib import Path

YES = Answer(Verdict.YES)
ROW = ParameterRow("net", 2, YES, YES, ("opt",), others_may=False, gradient=(GradientState(),))


def called(line: int, path: str) -> str:
    """The words for a line."""
    return f"line {line} of {path}" if path else f"line {line}"


def table(text: str, line: int) -> list[list[str]]:
    """The cells of the first table of a line, without its head."""
    report = inquire(text, line).losses[0]
    rows = loss_table.as_text([report], called)[2:]
    starts = [rows[0].index(head.strip()) for head in rows[0].split("  ") if head.strip()]
    kept = [row for row in rows[1:] if not row.startswith("  Of the loop")]
    return [[row[start:end].strip() for start, end in zip(starts, [*starts[1:], None], strict=True)] for row in kept]


def test_a_generator_is_cut_off_from_the_loss_of_the_discriminator() -> None:
    later = "first round: none; later: fresh from line 16 (used by the step of line 17)"
    assert table(programs.GAN, 12) == [
        ["G (2)", "no, cut by detach() (line 10)", "yes", "opt_g", later],
        ["D (4)", "yes", "yes", "opt_d", "fresh from line 12"],
    ]


def test_what_the_loss_of_the_generator_leaves_to_the_discriminator_is_told() -> None:
    assert table(programs.GAN, 16) == [
        ["G (2)", "yes", "yes", "opt_g", "fresh from line 16"],
        ["D (4)", "yes", "yes", "opt_d", "accumulated from lines 12 and 16 (in part used by the step of line 13)"],
    ]


def test_a_module_is_split_where_its_parts_differ() -> None:
    assert [row[:2] for row in table(programs.ACTOR_CRITIC, 23)] == [
        ["net.body (2)", "yes, not through detach() (line 14)"],
        ["net.actor (2)", "yes"],
        ["net.critic (2)", "no, cut by detach() (line 23)"],
    ]
    assert [row[:2] for row in table(programs.ACTOR_CRITIC, 24)] == [
        ["net.body (2)", "no, cut by detach() (line 14)"],
        ["net.actor (2)", "no, not used by it"],
        ["net.critic (2)", "yes"],
    ]
    assert table(programs.ACTOR_CRITIC, 28) == [["net (6)", "yes", "yes", "opt", "fresh from line 27"]]


def test_a_teacher_without_grad_mode_is_cut_where_that_is_switched_off() -> None:
    assert table(programs.DISTILLATION, 13) == [
        ["teacher (2)", "no, cut by no_grad (line 9)", "yes", "none", "none"],
        ["student (2)", "yes", "yes", "optimizer", "fresh from line 13"],
    ]


def test_a_function_without_grad_mode_cuts_where_it_is_called() -> None:
    assert table(programs.NO_GRAD, 16)[1][1] == "no, cut by a call under no_grad (line 15)"


def test_a_frozen_module_is_told_where() -> None:
    assert table(programs.FROZEN_BACKBONE, 22) == [
        ["model.backbone (4)", "no, frozen (line 17)", "no, frozen (line 17)", "none", "none"],
        ["model.head (2)", "yes", "yes", "optimizer", "fresh from line 22"],
    ]
    assert table(programs.FROZEN_BACKBONE, 23) == [["model.head (2)", "yes", "yes", "optimizer", "fresh from line 22"]]


def test_what_is_thawed_in_a_later_round_is_told_of_each() -> None:
    assert table(programs.THAWED, 13)[0] == [
        "body (2)",
        "on some paths; else frozen (line 6)",
        "on some paths; else frozen (line 6)",
        "optimizer",
        "first round: none (cleared in line 12); later: fresh from line 13",
    ]


def test_a_step_tells_what_it_does_not_hold() -> None:
    assert table(programs.FORGOTTEN, 13) == [
        ["first (2)", "yes", "yes", "opt_first", "fresh from line 12"],
        ["second (2)", "no", "yes", "opt_second", "fresh from line 12"],
        ["adapter (2)", "no", "yes", "none", "fresh from line 12"],
    ]


def test_an_optimizer_that_a_caller_gives_may_hold_any_parameter() -> None:
    held = "unknown, what the optimizer holds is out of sight"
    fresh = "fresh from line 10, and perhaps from an earlier call"
    assert table(programs.GIVEN_OPTIMIZER, 9) == [
        ["self (2 or more)", held, "yes", "none in sight", "unknown, none from here"]
    ]
    assert table(programs.GIVEN_OPTIMIZER, 11) == [["self (2 or more)", held, "yes", "none in sight", fresh]]


def test_clipped_gradients_are_told_before_the_step() -> None:
    assert table(programs.CLIPPED, 14)[0][-1] == "fresh from line 12 (clipped in line 13)"


def test_accumulated_gradients_are_told_of_the_rounds() -> None:
    assert table(programs.ACCUMULATED, 12)[0][-1] == "accumulated from line 10 of several rounds"
    assert table(programs.ACCUMULATED, 13) == [
        ["net (2)", "yes", "yes", "opt_net", "none (cleared in line 13)"],
        ["aux (2)", "no", "yes", "none", "accumulated from line 10 of several rounds"],
    ]


def test_a_model_out_of_sight_is_one_row() -> None:
    assert table(programs.OPAQUE, 9) == [
        ["model", "yes, if it requires grad", "unknown", "perhaps optimizer", "fresh from line 9 (if it is reached)"]
    ]


def test_the_optimizers_that_a_model_makes_for_its_framework_hold_its_parameters() -> None:
    unknown = "unknown, none from here"
    assert table(programs.LIGHTNING, 18) == [
        ["self.body (2)", "no, cut by detach() (line 14)", "yes", "self.configure_optimizers()", unknown],
        ["self.head (2)", "yes", "yes", "self.configure_optimizers()", unknown],
        ["self.spare (2)", "no, not used by it in sight", "yes", "none in sight", unknown],
    ]


def test_optimizers_that_a_model_steps_itself_have_the_names_that_it_gives_them() -> None:
    assert table(programs.LIGHTNING_BY_HAND, 14) == [
        ["self.generator (2)", "no, cut by detach() (line 12)", "yes", "opt_g", "unknown, none from here"],
        ["self.critic (2)", "yes", "yes", "opt_d", "fresh from line 14"],
    ]
    assert table(programs.LIGHTNING_BY_HAND, 15) == [["self.critic (2)", "yes", "yes", "opt_d", "fresh from line 14"]]
    assert table(programs.LIGHTNING_BY_HAND, 17) == [
        ["self.generator (2)", "yes", "yes", "opt_g", "none (cleared in line 17)"],
        ["self.critic (2)", "no", "yes", "opt_d", "fresh from line 14 (used by the step of line 15)"],
    ]


def test_one_of_several_optimizers_without_a_name_is_told_by_its_number() -> None:
    made = programs.LIGHTNING_BY_HAND.replace("opt_g, opt_d = self.optimizers()", "fake = self.generator(batch)")
    assert [row[3] for row in table(made, 12)] == ["self.configure_optimizers()[0]", "self.configure_optimizers()[1]"]


def test_a_model_that_may_make_its_optimizers_otherwise_has_none_in_sight() -> None:
    made = programs.LIGHTNING.replace(
        "        return torch", "        if self.slow:\n            return None\n        return torch"
    )
    assert {row[3] for row in table(made, 18)} == {"none in sight"}


def test_the_parts_of_a_trainer_are_told_by_its_own_names() -> None:
    assert [row[:4] for row in table(programs.TRAINER, 19)] == [
        ["self.actor (2)", "yes", "yes", "self.actor_optim"],
        ["self.critic (2)", "yes", "yes", "self.critic_optim"],
    ]


def test_gradients_that_are_asked_for_are_told_apart() -> None:
    assert [row[:2] for row in table(programs.ASKED_FOR, 6)] == [
        ["critic (2)", "no, not among the inputs"],
        ["real", "yes"],
    ]
    assert table(programs.ASKED_FOR, 10)[0][:2] == ["critic.weight", "yes"]


def test_by_hand() -> None:
    text = (
        "import torch\nw = torch.ones(3, requires_grad=True)\nfor _ in range(3):\n    loss = (w * w).sum()\n"
        "    loss.backward()\n    with torch.no_grad():\n        w -= 0.1 * w.grad\n    w.grad.zero_()\n"
    )
    assert table(text, 5) == [["w", "yes", "yes", "none", "fresh from line 5"]]
    assert table(text, 4)[0][-1] == "first round: none; later: zero, set in line 8"
    assert table(text.replace("w.grad.zero_()", "w.grad = None"), 4)[0][-1] == (
        "first round: none; later: none (cleared in line 8)"
    )
    assert table(text.replace("w.grad.zero_()", "w.grad = torch.ones(3)"), 5)[0][-1] == (
        "first round: fresh from line 5; later: set in line 8, and added to by line 5"
    )


def test_a_line_without_a_loss_has_no_table() -> None:
    for line in (1, 4, 9, 18):
        assert inquire(programs.GAN, line).losses == ()


def test_the_head_of_a_block_is_not_its_body() -> None:
    assert inquire(programs.OPAQUE, 5).losses == ()
    assert inquire(programs.ACCUMULATED, 11).losses == ()


@pytest.mark.parametrize(("column", "count"), [(0, 1), (3, 1), (4, 0), (9, 0)])
def test_a_column_asks_for_the_loss_that_is_named_there(column: int, count: int) -> None:
    assert len(inquire(programs.DISTILLATION, 11, column).losses) == count


def test_several_statements_of_a_line_have_a_table_each() -> None:
    text = programs.DISTILLATION.replace("loss.backward()\noptimizer.step()", "loss.backward(); optimizer.step()")
    assert [report.kind for report in inquire(text, 13).losses] == [Kind.BACKWARD, Kind.STEP]
    assert [report.kind for report in inquire(text, 13, 20).losses] == [Kind.STEP]


def test_a_statement_over_several_lines_is_asked_for_by_each() -> None:
    text = programs.DISTILLATION.replace("loss.backward()", "loss.backward(\n    retain_graph=False,\n)")
    for line in (13, 14, 15):
        assert [report.kind for report in inquire(text, line).losses] == [Kind.BACKWARD]


def test_names_of_losses() -> None:
    assert all(map(is_named_as_loss, ["loss", "self.loss_g", "errD", "total_loss", "nll", "elbo"]))
    assert not any(map(is_named_as_loss, ["out", "fake", "error_rate", "logits"]))


def test_a_refused_backward_tells_what_cuts_it_off() -> None:
    text = programs.DETACHED_FEATURE.replace("head(features) * scale", "features * 2")
    assert table(text, 10)[0][1] == "no, cut by detach() (line 8)"


def test_no_parameter_in_sight_is_said() -> None:
    text = "import torch\n\n\ndef train(loss):\n    loss.backward()\n"
    lines = loss_table.as_text(inquire(text, 5).losses, called)
    assert lines[-1] == "  no parameter is in sight: the models, or the code around this line, are elsewhere"


def test_markdown_ends_with_how_many_rows_are_left() -> None:
    rows = tuple(replace(ROW, name=f"net[{number}]") for number in range(15))
    (part,) = loss_table.as_markdown([LossReport(Kind.BACKWARD, "", rows)], called, 12)
    lines = part.splitlines()
    assert lines[0] == "What this backward trains:"
    assert lines[2:5] == [
        "| parameters | reached | requires grad | held by | gradient afterwards |",
        "| --- | --- | --- | --- | --- |",
        "| `net[0] (2)` | yes | yes | opt | none |",
    ]
    assert lines[-2:] == ["", "and 3 more"]
    assert len(lines) == 4 + 12 + 2


def test_what_is_unknown_is_not_guessed() -> None:
    unknown = Answer(Verdict.UNKNOWN, (Reason("its graph was made out of sight"),))
    row = ParameterRow(
        "net", None, unknown, Answer(Verdict.UNKNOWN), (), others_may=True, gradient=(GradientState(is_known=False),)
    )
    (*_, line) = loss_table.as_text([LossReport(Kind.LOSS, "loss", (row,))], called)
    cells = [cell.strip() for cell in line.split("  ") if cell]
    assert cells == ["net", "unknown, its graph was made out of sight", "unknown", "none in sight", "unknown"]


def test_two_answers_are_joined() -> None:
    no = Answer(Verdict.NO, (Reason("frozen", Line(3)),))
    assert YES.joined(no) == Answer(Verdict.SOME, no.reasons)
    assert no.joined(no) == no
    assert YES.joined(Answer(Verdict.IF)).verdict is Verdict.UNKNOWN


def asked(folder: Path, text: str, line: int) -> dict[str, Any]:
    """What the command answers as JSON."""
    (folder / "train.py").write_text(text)
    run = gradsafe(folder, "why", "--isolated", "--format", "json", f"train.py:{line}")
    assert (run.returncode, run.stderr) == (0, "")
    answer: dict[str, Any] = json.loads(run.stdout)
    return answer


def test_json_has_what_the_table_has(tmp_path: Path) -> None:
    answer = asked(tmp_path, programs.GAN, 16)
    assert answer["source"] == "loss_g.backward()"
    (loss,) = answer["losses"]
    assert (loss["kind"], loss["in_loop"]) == ("backward", True)
    generator, discriminator = loss["parameters"]
    assert (generator["name"], generator["count"], generator["held_by"]) == ("G", 2, ["opt_g"])
    assert generator["reached"] == {"answer": "yes", "reasons": []}
    (state,) = discriminator["gradient"]
    assert [place["line"] for place in state["from"]] == [12, 16]
    assert state["added_to_since_it_was_used"]
    assert answer["silent"].startswith("this backward goes through")


def test_json_has_findings_and_facts(tmp_path: Path) -> None:
    text = "import torch\n\na = torch.ones(3, requires_grad=True)\nout = a.sigmoid()\nout.data.zero_()\nout.sum().backward()\n"
    answer = asked(tmp_path, text, 5)
    assert [finding["code"] for finding in answer["findings"]] == ["GRD111"]
    assert answer["findings"][0]["state"] == "It is reported."
    assert "out" in answer["tensors"]
    assert answer["silent"] is None
    assert [part["code"] for part in asked(tmp_path, text, 4)["part_of"]] == ["GRD111"]


def test_json_of_a_file_without_gradients_says_so(tmp_path: Path) -> None:
    answer = asked(tmp_path, "x = 1\n", 1)
    assert answer["losses"] == []
    assert answer["silent"] == "the file holds nothing that autograd could be wrong about: it was not analysed"


def test_the_command_names_other_files(tmp_path: Path) -> None:
    (tmp_path / "setup.py").write_text("")
    (tmp_path / "nets.py").write_text(programs.NETS)
    (tmp_path / "train.py").write_text(programs.TWO_FILES)
    run = gradsafe(tmp_path, "why", "--isolated", "train.py:8")
    lines = run.stdout.splitlines()
    assert lines[0] == "train.py:8: loss.backward()"
    assert lines[2] == "What this backward trains:"
    assert lines[5].split("  ")[1:3] == ["encoder.layer (2)", "no, cut by detach() (line 12 of nets.py)"]
    answer = json.loads(gradsafe(tmp_path, "why", "--isolated", "--format", "json", "train.py:8").stdout)
    reason = answer["losses"][0]["parameters"][1]["reached"]["reasons"][0]
    assert reason == {"text": "cut by detach()", "place": {"filename": "nets.py", "cell": None, "line": 12}}
    assert answer["read"] == ["nets.py"]


def test_what_the_file_leaves_open_is_told_as_a_caller_has_it(tmp_path: Path) -> None:
    (tmp_path / "setup.py").write_text("")
    (tmp_path / "net.py").write_text(programs.GIVEN_OPTIMIZER)
    (tmp_path / "idle.py").write_text("from net import Net\n")
    (tmp_path / "broken.py").write_text("from net import Net\nNet(\n")
    (tmp_path / "train.py").write_text(programs.GIVING_OPTIMIZER)
    lines = gradsafe(tmp_path, "why", "--isolated", "net.py:11").stdout.splitlines()
    begun = lines.index("Where train.py comes by here:")
    assert lines[begun + 1 : begun + 3] == ["", "What this step holds, and what it leaves:"]
    assert [cell.strip() for cell in lines[begun + 4].split("  ") if cell] == [
        "self (2)",
        "yes",
        "yes",
        "optimizer",
        "fresh from line 10",
    ]
    answer = json.loads(gradsafe(tmp_path, "why", "--isolated", "--format", "json", "net.py:10").stdout)
    assert answer["caller"]["filename"] == "train.py"
    (row,) = answer["caller"]["losses"][0]["parameters"]
    assert (row["held_by"], row["gradient"][0]["from"]) == (
        ["optimizer"],
        [{"filename": "net.py", "cell": None, "line": 10}],
    )
    assert "comes by here" not in gradsafe(tmp_path, "why", "--isolated", "--no-project", "net.py:11").stdout


def test_a_caller_is_not_asked_for_what_the_file_tells_itself(tmp_path: Path) -> None:
    (tmp_path / "setup.py").write_text("")
    (tmp_path / "net.py").write_text(programs.GAN)
    (tmp_path / "train.py").write_text("import net\n")
    assert "comes by here" not in gradsafe(tmp_path, "why", "--isolated", "net.py:12").stdout
