from torch import nn


class Seq2Seq(nn.Module):
    def __init__(self, n_src=40, n_tgt=5, dim=16):
        super().__init__()
        self.src = nn.Embedding(n_src, dim)
        self.tgt = nn.Embedding(n_tgt, dim)
        self.enc = nn.GRU(dim, dim, batch_first=True)
        self.dec = nn.GRU(dim, dim, batch_first=True)
        self.out = nn.Linear(dim, n_tgt)

    def forward(self, src, tgt_in):
        _, h = self.enc(self.src(src))
        y, _ = self.dec(self.tgt(tgt_in), h)
        return self.out(y)
