import torch
import torch.nn.functional as F


class SpectralMixin:
    """Divides a weight by an estimate of its largest singular value."""

    def prepare(self, rows):
        self.register_buffer("u", F.normalize(torch.randn(rows), dim=0))

    def normed(self, weight):
        with torch.no_grad():
            v = F.normalize(weight.t() @ self.u, dim=0)
            self.u.data.copy_(F.normalize(weight @ v, dim=0))  # expect: GRD114
        sigma = self.u @ (weight @ v)
        return weight / sigma
