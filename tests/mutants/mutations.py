"""The slips that are planted: each operator takes a module's text and gives a mutant for every place where it applies."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

import libcst as cst

from tests.mutants.text import Text, called, last_name, only


class Reference(Enum):
    """A program whose gradients a mutant may have without being called wrong."""

    ORIGINAL = "the program before the mutation"
    TWIN = "the same edit, written out of place where autograd sees it"
    PRIVATE = "the mutant, with a private copy of every tensor that an operator saves: as if no write reached them"


@dataclass(frozen=True)
class Mutant:
    """A planted slip. `line` is where in the original; `twin` is the source of `Reference.TWIN`."""

    operator: str
    line: int
    source: str
    twin: str | None = None


@dataclass(frozen=True)
class Operator:
    """A kind of slip, and what its mutants' gradients are held against: they are wrong if they are none of those."""

    name: str
    places: Callable[[Text], Iterator[tuple[int, str, str | None]]]
    references: Sequence[Reference]

    def mutants(self, source: str) -> Iterator[Mutant]:
        """At most one on a line. Raises libcst.ParserSyntaxError for what is not Python 3."""
        lines = set()
        for line, mutated, twin in self.places(Text(source)):
            if line not in lines and mutated != source:
                lines.add(line)
                yield Mutant(self.name, line, mutated, twin)


Place = tuple[int, str, str | None]
_BINARY = {cst.Add: "add", cst.Subtract: "sub", cst.Multiply: "mul", cst.Divide: "div"}
_SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/"}
_ACTIVATIONS = frozenset(
    "relu relu6 leaky_relu elu selu celu gelu silu softplus sigmoid tanh exp sqrt softmax log_softmax".split()
)
_IN_PLACE_FUNCTIONS = frozenset("relu relu6 leaky_relu elu selu celu silu hardtanh dropout".split())
_IN_PLACE_MODULES = frozenset("ReLU ReLU6 LeakyReLU ELU SELU CELU SiLU Hardtanh Dropout Dropout2d".split())
_WITH_UNDERSCORE = frozenset(
    "add sub mul div clamp masked_fill relu sigmoid tanh exp sqrt pow neg abs reciprocal".split()
)
_LOSS = re.compile(r"(criterion|loss|cross_entropy|bce|mse|nll)", re.IGNORECASE)
#: Edits of a tensor through a handle on it, each with its visible twin.
_EDITS = (
    ("{handle}.clamp_(0.1, 0.9)", "{name} = {name}.clamp(0.1, 0.9)"),
    ("{handle}.mul_(0.5)", "{name} = {name} * 0.5"),
    ("{handle}[{name} < 0.2] = 0", "{name} = {name}.masked_fill({name} < 0.2, 0)"),
)
_ARRAY_EDITS = (
    ("shown.clip(0.1, 0.9, out=shown)", "{name} = {name}.clamp(0.1, 0.9)"),
    ("shown[shown < 0.2] = 0", "{name} = {name}.masked_fill({name} < 0.2, 0)"),
)


def clone_dropped(text: Text) -> Iterator[Place]:
    """`x.clone()` → `x`."""
    yield from _call_dropped(text, "clone")


def detach_dropped(text: Text) -> Iterator[Place]:
    """`x.detach()` → `x`."""
    yield from _call_dropped(text, "detach")


def _call_dropped(text: Text, method: str) -> Iterator[Place]:
    for call, receiver in _argumentless(text, method):
        yield text.line(call), text.replaced(call, receiver), None


def detach_to_data(text: Text) -> Iterator[Place]:
    """`x.detach()` → `x.data`."""
    for call, receiver in _argumentless(text, "detach"):
        yield text.line(call), text.replaced(call, f"{receiver}.data"), None


def detach_in_place(text: Text) -> Iterator[Place]:
    """`x.detach()` → `x.detach_()`."""
    for call, receiver in _argumentless(text, "detach"):
        yield text.line(call), text.replaced(call, f"{receiver}.detach_()"), None


def _argumentless(text: Text, method: str) -> Iterator[tuple[cst.Call, str]]:
    for call in text.all(cst.Call):
        if isinstance(call.func, cst.Attribute) and call.func.attr.value == method and not call.args:
            yield call, text.code(call.func.value)


def detach_discarded(text: Text) -> Iterator[Place]:
    """`h = h.detach()` → `h.detach()`."""
    for target, value, statement in _assignments(text):
        method = value.func if isinstance(value, cst.Call) else None
        if isinstance(method, cst.Attribute) and method.attr.value == "detach" and method.value.deep_equals(target):
            yield text.line(statement), text.replaced(statement, text.code(value)), None


def sum_in_place(text: Text) -> Iterator[Place]:
    """`x = x + y` → `x += y`, and the same of `-`, `*` and `/`."""
    for statement, name, method, operand in _self_updates(text):
        yield text.line(statement), text.replaced(statement, f"{name} {_SIGNS[method]}= {operand}"), None


def sum_through_data(text: Text) -> Iterator[Place]:
    """`x = x * y` → `x.data.mul_(y)`."""
    for statement, name, method, operand in _self_updates(text):
        yield text.line(statement), text.replaced(statement, f"{name}.data.{method}_({operand})"), None


def _self_updates(text: Text) -> Iterator[tuple[cst.BaseStatement, str, str, str]]:
    for target, value, statement in _assignments(text):
        if not isinstance(value, cst.BinaryOperation) or type(value.operator) not in _BINARY:
            continue
        method = _BINARY[type(value.operator)]
        operand = None
        if value.left.deep_equals(target):
            operand = value.right
        elif value.right.deep_equals(target) and method in {"add", "mul"}:
            operand = value.left
        if operand is not None and not isinstance(operand, cst.Integer):
            yield statement, text.code(target), method, text.code(operand)


def method_in_place(text: Text) -> Iterator[Place]:
    """`x.clamp(…)` → `x.clamp_(…)`, `torch.sigmoid(x)` → `torch.sigmoid_(x)`."""
    for call in text.all(cst.Call):
        if isinstance(call.func, cst.Attribute) and call.func.attr.value in _WITH_UNDERSCORE:
            of_module = isinstance(call.func.value, cst.Name) and call.func.value.value in {"torch", "np", "F", "math"}
            if not of_module or text.code(call.func) in {"torch.relu", "torch.sigmoid", "torch.tanh", "torch.exp"}:
                yield text.line(call), text.replaced(call.func, f"{text.code(call.func)}_"), None


def activation_in_place(text: Text) -> Iterator[Place]:
    """`F.relu(x)` → `F.relu(x, inplace=True)`, `nn.ReLU()` → `nn.ReLU(inplace=True)`."""
    for call in text.all(cst.Call):
        plain = not any(each.keyword and each.keyword.value == "inplace" for each in call.args)
        function, module = last_name(call.func) in _IN_PLACE_FUNCTIONS, last_name(call.func) in _IN_PLACE_MODULES
        if (function and text.code(call.func).startswith("F.") and plain) or (module and plain and len(call.args) < 2):
            if module and call.args and not last_name(call.func).startswith(("Leaky", "Drop")):
                continue  # the argument is `inplace` itself
            arguments = [text.code(each).rstrip(", ") for each in call.args]
            written = ", ".join([*arguments, "inplace=True"])
            yield text.line(call), text.replaced(call, f"{text.code(call.func)}({written})"), None


def activation_edited_through_data(text: Text) -> Iterator[Place]:
    """`x = torch.tanh(y)`, and then `x.data.clamp_(…)`, `x.data.mul_(…)` or a mask."""
    yield from _edited_after_activation(text, ".data")


def activation_edited_through_detach(text: Text) -> Iterator[Place]:
    """`x = torch.tanh(y)`, and then `x.detach().clamp_(…)`."""
    yield from _edited_after_activation(text, ".detach()")


def activation_edited_in_place(text: Text) -> Iterator[Place]:
    """`x = torch.tanh(y)`, and then `x.clamp_(…)`."""
    yield from _edited_after_activation(text, "")


def _edited_after_activation(text: Text, handle: str) -> Iterator[Place]:
    for turn, (statement, name) in enumerate(_activations(text)):
        in_place, visible = (edit.format(name=name, handle=name + handle) for edit in _EDITS[turn % len(_EDITS)])
        mutated, twin = text.with_lines_after(statement, in_place), text.with_lines_after(statement, visible)
        yield text.line(statement), mutated, twin


def activation_edited_through_numpy(text: Text) -> Iterator[Place]:
    """`x = torch.tanh(y)`, and then a NumPy array of its values is clipped or masked."""
    for turn, (statement, name) in enumerate(_activations(text)):
        in_place, visible = _ARRAY_EDITS[turn % len(_ARRAY_EDITS)]
        mutated = text.with_lines_after(statement, f"shown = {name}.detach().cpu().numpy()", in_place)
        yield text.line(statement), mutated, text.with_lines_after(statement, visible.format(name=name))


def _activations(text: Text) -> Iterator[tuple[cst.BaseStatement, str]]:
    for target, value, statement in _assignments(text):
        if isinstance(target, cst.Name) and any(_is_activation(call) for call in text.all(cst.Call, value)):
            yield statement, target.value


def _is_activation(call: cst.Call) -> bool:
    return last_name(call.func).lower() in _ACTIVATIONS


def step_before_backward(text: Text) -> Iterator[Place]:
    """`optimizer.step()` moved up to before the nearest `backward()`."""
    for backward, later in _backwards(text):
        for statement in later:
            step = called(statement, "step")
            if step is not None and "sched" not in text.code(step):
                yield text.line(statement), text.moved_before(statement, backward), None
                break


def loop_before_backward(text: Text) -> Iterator[Place]:
    """A loop that writes parameters through `.data`, moved up to before the nearest `backward()`."""
    for backward, later in _backwards(text):
        for statement in later:
            if isinstance(statement, cst.For) and re.search(r"\.data\.\w+_\(", text.code(statement)):
                yield text.line(statement), text.moved_before(statement, backward), None
                break


def weights_written_before_backward(text: Text) -> Iterator[Place]:
    """A loop that clips or decays the weights, put before `backward()`."""
    writes = ("p.data.clamp_(-0.05, 0.05)", "p.data.mul_(0.9)", "with torch.no_grad(): p.mul_(0.9)")
    for turn, (backward, model) in enumerate(_stepped_models(text)):
        step = "\t" if "\t" in text.code(text.module) else "    "
        added = (f"for p in {model}.parameters():", f"{step}{writes[turn % len(writes)]}")
        yield text.line(backward), text.with_lines_before(backward, *added), None


def frozen_before_backward(text: Text) -> Iterator[Place]:
    """The weights frozen between the forward and `backward()`."""
    for backward, model in _stepped_models(text):
        added = f"for p in {model}.parameters(): p.requires_grad_(False)"
        yield text.line(backward), text.with_lines_before(backward, added), None


def _stepped_models(text: Text) -> Iterator[tuple[cst.BaseStatement, str]]:
    """Each `backward()` that an optimizer's step follows, with the module that this optimizer holds."""
    holds = {}
    for target, value, _ in _assignments(text):
        held = re.search(r"\(\s*([\w.]+)\.parameters\(\)", text.code(value))
        if held:
            holds[text.code(target)] = held.group(1)
    for backward, later in _backwards(text):
        for statement in later:
            step = called(statement, "step")
            if step is not None and isinstance(step.func, cst.Attribute) and text.code(step.func.value) in holds:
                yield backward, holds[text.code(step.func.value)]
                break


def _backwards(text: Text) -> Iterator[tuple[cst.BaseStatement, Sequence[cst.BaseStatement]]]:
    """Each statement like `loss.backward()`, with what follows it in its block up to the next one."""
    for block in text.blocks():
        at = [number for number, each in enumerate(block) if called(each, "backward")]
        for number, end in pairwise([*at, len(block)]):
            yield block[number], block[number + 1 : end]


def loss_input_cut(text: Text) -> Iterator[Place]:
    """`loss = criterion(out, y)` → `criterion(out.detach(), y)` or `criterion(out.data, y)`."""
    cuts = (".detach()", ".data")
    turn = 0
    for _, value, statement in _assignments(text):
        for call in text.all(cst.Call, value):
            if call.args and _LOSS.search(last_name(call.func)) and not isinstance(call.args[0].value, cst.Lambda):
                first = call.args[0].value
                simple = isinstance(first, cst.Name | cst.Attribute | cst.Call | cst.Subscript)
                written = text.code(first) if simple else f"({text.code(first)})"
                yield text.line(statement), text.replaced(first, written + cuts[turn % len(cuts)]), None
                turn += 1
                break


def forward_under_no_grad(text: Text) -> Iterator[Place]:
    """`out = model(x)` → the same under `with torch.no_grad():`, where a backward follows in the block."""
    for block in text.blocks():
        for number, statement in enumerate(block):
            assign = only(statement, cst.Assign)
            if assign is None or not isinstance(assign.value, cst.Call) or not _is_model(text, assign.value):
                continue
            if any(".backward(" in text.code(later) for later in block[number + 1 :]):
                yield text.line(statement), text.under("with torch.no_grad():", statement), None


def _is_model(text: Text, call: cst.Call) -> bool:
    callee = text.code(call.func)
    return bool(re.fullmatch(r"(self\.)?(\w*net\w*|\w*model|actor|critic|netD|netG|policy|seq|\w*ator)", callee))


def backward_twice(text: Text) -> Iterator[Place]:
    """`loss.backward()` written twice."""
    for backward, _ in _backwards(text):
        call = called(backward, "backward")
        if call is not None:
            yield text.line(backward), text.with_lines_after(backward, " ".join(text.code(call).split())), None


def graph_not_retained(text: Text) -> Iterator[Place]:
    """`backward(retain_graph=True)` → `backward()`, and `create_graph=True` left out of `autograd.grad`."""
    for call in text.all(cst.Call):
        if last_name(call.func) in {"backward", "grad"}:
            kept = [each for each in call.args if not _is_retaining(each)]
            if len(kept) < len(call.args):
                written = ", ".join(text.code(each).rstrip(", ") for each in kept)
                yield text.line(call), text.replaced(call, f"{text.code(call.func)}({written})"), None


def _is_retaining(argument: cst.Arg) -> bool:
    return argument.keyword is not None and argument.keyword.value in {"retain_graph", "create_graph"}


def loss_rewrapped(text: Text) -> Iterator[Place]:
    """The loss made a new leaf just before `backward()`."""
    wraps = (
        "torch.tensor({name}.item(), requires_grad=True)",
        "torch.autograd.Variable({name}.data, requires_grad=True)",
    )
    for turn, (backward, _) in enumerate(_backwards(text)):
        call = called(backward, "backward")
        if call is not None and isinstance(call.func, cst.Attribute) and isinstance(call.func.value, cst.Name):
            name = call.func.value.value
            added = f"{name} = {wraps[turn % len(wraps)].format(name=name)}"
            yield text.line(backward), text.with_lines_before(backward, added), None


def no_grad_dropped(text: Text) -> Iterator[Place]:
    """A block under `torch.no_grad()` run with grad mode on."""
    for block in text.all(cst.With):
        if len(block.items) == 1 and text.code(block.items[0].item) == "torch.no_grad()":
            yield text.line(block), text.replaced(block.items[0].item, "torch.enable_grad()"), None


def gradient_edited_in_place(text: Text) -> Iterator[Place]:
    """A custom Function's backward that first scales its incoming gradient in place."""
    for owner in text.all(cst.ClassDef):
        if not any("Function" in text.code(base) for base in owner.bases):
            continue
        for function in text.all(cst.FunctionDef, owner.body):
            if function.name.value != "backward" or len(function.params.params) < 2:
                continue
            gradient = function.params.params[1].name.value
            first = function.body.body[0]
            twin = text.with_lines_before(first, f"{gradient} = {gradient} * 0.5")
            yield text.line(first), text.with_lines_before(first, f"{gradient}.mul_(0.5)"), twin


def parameter_scaled_in_forward(text: Text) -> Iterator[Place]:
    """A parameter scaled through `.data` at the end of the `forward` that used it."""
    for owner in text.all(cst.ClassDef):
        names = re.findall(r"self\.(\w+) = (?:nn\.)?Parameter\(", text.code(owner))
        for function in text.all(cst.FunctionDef, owner.body):
            statements = function.body.body
            used = [name for name in names if re.search(rf"\bself\.{name}\b", text.code(function))]
            if function.name.value == "forward" and used and "return" in text.code(statements[-1]):
                added = f"self.{used[0]}.data.mul_(0.9)"
                yield text.line(statements[-1]), text.with_lines_before(statements[-1], added), None


def _assignments(
    text: Text,
) -> Iterator[tuple[cst.BaseAssignTargetExpression, cst.BaseExpression, cst.SimpleStatementLine]]:
    for statement in text.all(cst.SimpleStatementLine):
        assign = only(statement, cst.Assign)
        if assign is not None and len(assign.targets) == 1:
            yield assign.targets[0].target, assign.value, statement


_ORIGINAL = (Reference.ORIGINAL,)
_EITHER_READING = (Reference.TWIN, Reference.PRIVATE)
_AS_BEFORE = (Reference.ORIGINAL, Reference.PRIVATE)

#: Where values stay what they were, the original judges. Where an edit changes them, its visible twin does, and the
#: reading that it was meant to pass gradients straight through: the mutant itself, with saved tensors out of its reach.
OPERATORS = (
    Operator("activation-edited-in-place", activation_edited_in_place, _EITHER_READING),
    Operator("activation-edited-through-data", activation_edited_through_data, _EITHER_READING),
    Operator("activation-edited-through-detach", activation_edited_through_detach, _EITHER_READING),
    Operator("activation-edited-through-numpy", activation_edited_through_numpy, _EITHER_READING),
    Operator("activation-in-place", activation_in_place, _AS_BEFORE),
    Operator("backward-twice", backward_twice, _ORIGINAL),
    Operator("clone-dropped", clone_dropped, _AS_BEFORE),
    Operator("detach-discarded", detach_discarded, _AS_BEFORE),
    Operator("detach-dropped", detach_dropped, _AS_BEFORE),
    Operator("detach-in-place", detach_in_place, _ORIGINAL),
    Operator("detach-to-data", detach_to_data, _AS_BEFORE),
    Operator("forward-under-no-grad", forward_under_no_grad, _ORIGINAL),
    Operator("frozen-before-backward", frozen_before_backward, _ORIGINAL),
    Operator("gradient-edited-in-place", gradient_edited_in_place, (Reference.TWIN,)),
    Operator("graph-not-retained", graph_not_retained, _ORIGINAL),
    Operator("loop-before-backward", loop_before_backward, (Reference.PRIVATE,)),
    Operator("loss-input-cut", loss_input_cut, _ORIGINAL),
    Operator("loss-rewrapped", loss_rewrapped, _ORIGINAL),
    Operator("method-in-place", method_in_place, _AS_BEFORE),
    Operator("no-grad-dropped", no_grad_dropped, _AS_BEFORE),
    Operator("parameter-scaled-in-forward", parameter_scaled_in_forward, (Reference.PRIVATE,)),
    Operator("step-before-backward", step_before_backward, _ORIGINAL),
    Operator("sum-in-place", sum_in_place, _AS_BEFORE),
    Operator("sum-through-data", sum_through_data, _AS_BEFORE),
    Operator("weights-written-before-backward", weights_written_before_backward, (Reference.PRIVATE,)),
)
