import torch


class SegmentedText:
    """Consecutive segments of a few long documents."""

    def __init__(self, docs=4, length=49, seg=12, vocab=30):
        self.ids = torch.randint(0, vocab, (docs, length))
        self.seg = seg

    def __iter__(self):
        for a in range(0, self.ids.size(1) - 1, self.seg):
            yield self.ids[:, a : a + self.seg], self.ids[:, a + 1 : a + self.seg + 1]
