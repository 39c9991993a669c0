"""What goes wrong without a word from PyTorch."""

from __future__ import annotations

from enum import Enum


class Harm(Enum):
    """What a finding says that PyTorch does, where that is no RuntimeError."""

    WRONG_GRADIENT = "backward computes a gradient with what was written to a tensor after it was saved"
    WRONG_VALUE = "a gradient is not the slope of the loss"
    LOST_GRADIENT = "a share of a gradient is lost: a tensor was cut off from the graph after its use"
    DROPPED_GRADIENT = "backward drops the gradient of a leaf that was frozen after its use"
    NO_GRADIENT = "a tensor has no gradient where one is read, or stepped with"
    ZERO_GRADIENT = "a gradient is zero, whatever the values are"
    NEVER_TRAINED = "no gradient ever reaches a parameter that is stepped"
    NOT_STEPPED = "a gradient is computed of a parameter, and no step ever uses it"
    EDIT_IN_VAIN = "a step uses gradients that are not clipped as it is written"
    NOT_RESTORED = "stored values are those of now: a step has changed them as well"
    NO_EFFECT = "a statement changes nothing: its result is dropped"
    GRAPH_KEPT = "the graphs of all rounds of a loop are kept: memory grows"
    CONSTANT_TRAINED = "what is meant as a constant of a loss is differentiated: other weights are trained by it"
