"""The plot centres an array that shares its memory with the gate that sigmoid has saved: the gradients are silently
wrong.
"""

# claim: wrong-gradient mixer.gate.weight
import torch
import torch.nn.functional as F

import plotting.gates as gate_plots
from genes import GatedMixer

torch.manual_seed(0)
mixer = GatedMixer(genes=12, tissues=3)
opt = torch.optim.AdamW(mixer.parameters(), lr=1e-2)
for epoch in range(3):
    counts = torch.rand(16, 12)
    tissue = torch.randint(0, 3, (16,))
    scores, gate = mixer(counts)
    loss = F.cross_entropy(scores, tissue)
    bars = gate_plots.bars(gate)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, loss.item(), bars)
