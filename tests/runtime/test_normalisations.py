"""The parameters and statistics that normalisations are said to have are those that PyTorch makes."""

import pytest
import torch

from flake8_gradsafe.explain_line import inquire

CALLS = [
    f"{kind}({given}{rest})"
    for kind, given, switches in (
        (
            "BatchNorm2d",
            "4",
            ["", ", affine=False", ", 1e-5, 0.1, False", ", track_running_stats=False", ", affine=True"],
        ),
        (
            "InstanceNorm2d",
            "4",
            ["", ", affine=True", ", 1e-5, 0.1, True", ", track_running_stats=True", ", affine=False"],
        ),
        ("InstanceNorm1d", "4", ["", ", affine=True, track_running_stats=True"]),
        ("GroupNorm", "2, 4", ["", ", affine=False", ", 1e-5, False"]),
        ("LayerNorm", "4", ["", ", elementwise_affine=False", ", 1e-5, False", ", bias=False"]),
        ("RMSNorm", "4", ["", ", elementwise_affine=False"]),
    )
    for rest in switches
]


@pytest.mark.parametrize("call", CALLS)
def test_a_normalisation_has_the_parameters_that_it_is_told_to_have(call: str) -> None:
    text = f"import torch\n\nnorm = torch.nn.{call}\nw = torch.ones(1, requires_grad=True)\nloss = w.sum()\n"
    (report,) = inquire(text, 5).losses
    counts = [row.count for row in report.rows if row.name.startswith("norm")]
    assert sum(map(int, filter(None, counts))) == len(list(eval(f"torch.nn.{call}", {"torch": torch}).parameters()))
