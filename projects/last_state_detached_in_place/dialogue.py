from torch import nn


class Bot(nn.Module):
    def __init__(self, words, dim=14, layers=2):
        super().__init__()
        self.words = nn.Embedding(words, dim)
        self.topic = nn.Linear(dim, dim)
        self.rnn = nn.GRU(dim, dim, num_layers=layers, batch_first=True)
        self.say = nn.Linear(dim, words)

    def forward(self, said, topic=None):
        x = self.words(said)
        if topic is not None:
            x = x + self.topic(topic).unsqueeze(1)
        _, states = self.rnn(x)
        return self.say(states[-1]), states[-1]
