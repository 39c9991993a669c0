"""The session detaches the last layer's state in place, which is a view of the state of all layers: PyTorch refuses it
at once.
"""

# claim: raises "Can't detach views in-place"
import torch
import torch.nn.functional as F

from dialogue import Bot
from session import Session

torch.manual_seed(0)
bot = Bot(words=25)
session = Session(bot, torch.optim.Adam(bot.parameters(), lr=1e-2))
for turn in range(3):
    said = torch.randint(0, 25, (4, 6))
    answer = torch.randint(0, 25, (4,))
    print(turn, session.turn(said, answer))  # raises here
