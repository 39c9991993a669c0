from torch.autograd import Function


class GradientReversal(Function):
    """Passes values on, and gradients with their sign reversed."""

    @staticmethod
    def forward(ctx, x, strength):
        ctx.strength = strength
        return x.view_as(x)

    @staticmethod
    def backward(ctx, grad):
        return grad.mul_(-ctx.strength), None  # expect: GRD145


def reverse(x, strength=1.0):
    return GradientReversal.apply(x, strength)
