from torch import nn

from .fake import Observer


class QuantLinear(nn.Linear):
    @classmethod
    def of(cls, linear):
        made = cls(linear.in_features, linear.out_features)
        made.load_state_dict(linear.state_dict(), strict=False)
        return made

    def __init__(self, inp, out):
        super().__init__(inp, out)
        self.see_x, self.see_w = Observer(), Observer()

    def forward(self, x):
        return nn.functional.linear(self.see_x(x), self.see_w(self.weight), self.bias)
