from .sets import chamfer
from .points import pointwise

LOSSES = {"chamfer": chamfer, "pointwise": pointwise}
