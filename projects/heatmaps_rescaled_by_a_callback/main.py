"""The callback's picture shares its memory with heat maps that softmax has saved, and is rescaled between forward and
backward: the gradients are silently wrong.
"""

# claim: wrong-gradient pose.stem.weight, pose.stages.1.net.2.weight
import torch
from network import StackedPose
from runner import Runner
from callbacks import HeatmapDump, PrintLoss

torch.manual_seed(0)
pose = StackedPose()
runner = Runner(pose, torch.optim.Adam(pose.parameters(), 1e-3), [HeatmapDump(), PrintLoss()])
for _ in range(3):
    runner.train_step(torch.randn(4, 3, 24, 24), torch.rand(4, 5, 2) * 2 - 1)
