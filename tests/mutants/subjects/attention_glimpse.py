"""Recurrent visual attention: its networks, over two glimpses."""

from __future__ import annotations

import torch

from tests.mutants.running import Program
from tests.mutants.subjects import Subject
from tests.mutants.subjects.driving import loss_of


def _drive(program: Program) -> None:
    module = program.module()
    sensor, core = module.GlimpseNetwork(4, 4, 4, 1, 2, 1), module.CoreNetwork(8, 6)
    action, location = module.ActionNetwork(6, 3), module.LocationNetwork(6, 2, 0.1)
    state, place = torch.zeros(2, 6), torch.zeros(2, 2)
    returned = []
    for _ in range(2):
        state = core(sensor(torch.rand(2, 1, 12, 12), place), state)
        log_pi, place = location(state)
        returned += [log_pi, action(state)]
    torch.autograd.backward(loss_of(returned))
    networks = torch.nn.ModuleList([sensor, core, action, location])
    program.observe(networks.parameters())


SUBJECT = Subject("kevinzakka/recurrent-visual-attention", "modules.py", _drive)
