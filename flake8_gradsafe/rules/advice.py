"""What to do about a finding: texts that name what the user wrote, for the situations that ask for different advice."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from flake8_gradsafe.autograd.tensor import CutKind

if TYPE_CHECKING:
    from collections.abc import Mapping

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Subject(NamedTuple):
    """What a placeholder stands for: the tensor that is written or read at a place; or, if `whole`, the place's text."""

    place: object
    whole: bool = False


class Named(NamedTuple):
    """What a placeholder stands for: a phrase for each name; if there are places, for each that occurs in their text."""

    names: tuple[str, ...]
    phrase: str
    places: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Advice:
    """One piece of advice, in up to three wordings.

    `text` holds placeholders such as `{tensor}`, which stand for what the user wrote. `neutral` is said where one of them has
    no short name. `in_loop` is said where `{tensor}` is the name that a `for` loop binds, and `{source}` what it goes over.
    """

    text: str
    neutral: str = ""
    in_loop: str = ""

    @property
    def wordings(self) -> tuple[str, ...]:
        """All that it can say, with the placeholders."""
        return tuple(filter(None, (self.text, self.neutral, self.in_loop)))


def worded(advice: Advice, words: Mapping[str, str], *, in_loop: bool = False) -> str:
    """The wording that the given words can fill: of those that are empty or missing, none is needed."""
    wanted = advice.in_loop if in_loop and advice.in_loop else advice.text
    if all(words.get(name) for name in placeholders(wanted)):
        return _PLACEHOLDER.sub(lambda match: words[match[1]], wanted)
    return advice.neutral


def placeholders(wording: str) -> list[str]:
    """The names of a wording's placeholders."""
    return _PLACEHOLDER.findall(wording)


# -- what autograd does not see, or refuses: writes ----------------------------------------------------------------------

WRITE_A_COPY = Advice(
    "write to a copy: `copy = {tensor}.detach().clone()`; to change `{tensor}` itself, compute a new tensor: `{tensor} = …`",
    "bind a copy to a name, made by `.detach().clone()`, and write to that; to change the tensor itself, compute a new one",
)

WRITE_BELOW_BACKWARD = Advice(
    "move the write to `{tensor}` below the backward, or above the forward that uses it",
    "move the write below the backward, or above the forward that uses the tensor",
)
WRITE_BELOW_ITS_BACKWARD = Advice(
    "move the write below `{backward}`",
    "move the write below the last backward of what was computed before it",
)
COPY_THE_ARRAY = Advice(
    "write to a copy of the array: `{tensor}.detach().numpy().copy()`",
    "write to a copy of the array, made by `.copy()`",
)
MAKE_IT_OF_A_COPY = Advice("make the tensor of a copy of the array: `torch.tensor(…)`")
COMPUTE_WITH_A_COPY_OF_THE_STATE = Advice(
    "compute with a copy of the state: use `{tensor}.clone()` in forward",
    "compute with a copy of the state: use its `.clone()` in forward",
)
WRITE_OUTSIDE_OF_FORWARD = Advice("update the state in the training step, below the backward, and not in forward")
WRITE_BELOW_BACKWARD_OR_COPY = Advice(
    "move the write below the backward; or, if forward makes it, let forward compute with a copy of the state, its `.clone()`"
)
UPDATE_UNDER_NO_GRAD = Advice(
    "write to the tensor itself under `with torch.no_grad():`, before it is used or after the backward"
)
REBIND = Advice(
    "write it out of place, and bind the result: `{tensor} = …`",
    "write it out of place, and bind the result to a name; for a module or a function with `inplace=True`, leave that out",
)
CLONE_ABOVE_THE_WRITE = Advice(
    "write to a copy that stays in the graph: `{base} = {base}.clone()` above the write",
    "write to a copy that stays in the graph, made by `.clone()`",
)
CLONE_WHERE_IT_IS_READ = Advice(
    "let {operator} keep a copy: give it a `.clone()` of what it reads",
)

# -- steps and forwards of a library -------------------------------------------------------------------------------------

STEP_BELOW_BACKWARD = Advice(
    "move the step below `{backward}`",
    "move the step below the last backward of what was computed before it",
)
COMPUTE_ANEW = Advice("compute the loss anew before each backward")
UPDATE_BELOW_BACKWARD = Advice(
    "move the update below `{backward}`",
    "move the update below the last backward of what was computed before it",
)
FORWARD_BELOW_BACKWARD = Advice("move this forward below the backward; or call `.eval()` on the module before it")
CLEAR_BEFORE_BACKWARD = Advice(
    "call `zero_grad()` before the backward, and `step()` between the backward and the next `zero_grad()`"
)

# -- graphs that were cut off ------------------------------------------------------------------------------------------

USE_DETACH = Advice(
    "bind the result of `detach()` instead: `{tensor} = {tensor}.detach()`",
    "bind the result of `detach()` to a name, and use that",
    "put the results of `detach()` into a new list: `{source} = [{tensor}.detach() for {tensor} in {source}]`",
)
FLAG_OF_PARAMETERS = Advice("call `requires_grad_(…)` of the module, which sets the flag of every parameter")
DETACH_UNDER_ANOTHER_NAME = Advice(
    "leave `{tensor}` in its graph, and give what is cut off another name: `detached = {tensor}.detach()`",
    "leave out `detach_()`; where a constant is needed, bind the result of `detach()` to another name",
)
DETACH_WHERE_IT_IS_CONSTANT = Advice(
    "leave out `detach_()`, and call `.detach()` in the one place where the tensor should be a constant"
)
UNCUT = {
    CutKind.DETACH: Advice("compute the loss without the `detach()`"),
    CutKind.DATA: Advice("compute the loss without the `.data`"),
    CutKind.READ: Advice("compute the loss with the tensor itself, not with the numbers that were read from it"),
    CutKind.FIRST_ORDER: Advice("pass `create_graph=True`, so that the gradient has a graph"),
}
TRAIN_OR_LEAVE_OUT = {
    CutKind.DETACH: Advice(
        "leave out the `detach()`; if they are meant to stay as they are, do not give them to the optimizer"
    ),
    CutKind.DATA: Advice(
        "leave out the `.data`; if they are meant to stay as they are, do not give them to the optimizer"
    ),
    CutKind.DETACH_: Advice(
        "leave out the `detach_()`; if they are meant to stay as they are, do not give them to the optimizer"
    ),
    CutKind.NO_GRAD: Advice(
        "run it with grad mode on; if they are meant to stay as they are, do not give them to the optimizer"
    ),
    CutKind.READ: Advice(
        "compute with the tensor, not with the numbers that were read from it; if they are meant to stay as they are, "
        "do not give them to the optimizer"
    ),
}

# -- what a module holds ------------------------------------------------------------------------------------------------

IN_A_MODULE_LIST = Advice("keep the layers in an `nn.ModuleList`, or an `nn.ModuleDict`")
MAKE_IT_A_PARAMETER = Advice("make the tensor an `nn.Parameter`, which requires grad by itself")
CONVERT_FIRST = Advice("convert and scale the values first, and make the `nn.Parameter` of the result")

# -- gradients that are handed on --------------------------------------------------------------------------------------

RETURN_A_NEW_GRADIENT = Advice("edit a copy of the gradient, made by `.clone()`, and return that")
