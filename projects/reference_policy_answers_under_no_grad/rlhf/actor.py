import torch
from torch import nn


class TokenPolicy(nn.Module):
    def __init__(self, tokens, dim):
        super().__init__()
        self.tok = nn.Embedding(tokens, dim)
        self.rnn = nn.GRU(dim, dim, batch_first=True)
        self.logits, self.worth = nn.Linear(dim, tokens), nn.Linear(dim, 1)

    def forward(self, ids):
        h, _ = self.rnn(self.tok(ids))
        return self.logits(h), self.worth(h).squeeze(-1)

    def logp(self, ids):
        logits, worth = self(ids[:, :-1])
        return logits.log_softmax(-1).gather(-1, ids[:, 1:, None]).squeeze(-1), worth

    @torch.no_grad()
    def generate(self, ids, length):
        for _ in range(length):
            logits, _ = self(ids)
            ids = torch.cat([ids, logits[:, -1].softmax(-1).multinomial(1)], 1)
        return ids
