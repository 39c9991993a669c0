"""The model keeps its hidden state with the graph, so the second chunk's backward goes on into the first chunk's graph,
which is freed: it raises.
"""

# claim: raises "backward through the graph a second time"
import torch

from corpus import chunks
from engine import train_epoch
from model import CharLM

torch.manual_seed(0)
lm = CharLM(30)
adam = torch.optim.Adam(lm.parameters(), 1e-2)
for epoch in range(2):
    print(epoch, train_epoch(lm, chunks(30), adam, 6))  # raises here
