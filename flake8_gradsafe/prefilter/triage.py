"""The choice of those functions of a file that can hold a finding."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from flake8_gradsafe.idioms.carried_sums import carried_sums
from flake8_gradsafe.idioms.cut_layers import cut_layers
from flake8_gradsafe.idioms.cut_sites import cut_sites
from flake8_gradsafe.idioms.detaching_helpers import detaching_helpers, dropped_results
from flake8_gradsafe.idioms.dropped_layers import dropped_layers
from flake8_gradsafe.idioms.kept_states import kept_states
from flake8_gradsafe.idioms.kept_values import averages_in_place, bound_values, registered_twice, restored_in_vain
from flake8_gradsafe.idioms.left_out import given_twice, left_out, listed_late, network_left_out
from flake8_gradsafe.idioms.parameter_loops import LISTING, vain_bindings
from flake8_gradsafe.idioms.registration import unregistered
from flake8_gradsafe.idioms.shared_models import (
    averages_of_themselves,
    rebound_targets,
    shallow_copies,
    targets_of_themselves,
)
from flake8_gradsafe.knowledge import parametrizations, training
from flake8_gradsafe.prefilter import queries
from flake8_gradsafe.prefilter.argument_facts import ArgumentFacts, ParameterFacts, kept_by
from flake8_gradsafe.prefilter.call_graph import CallGraph
from flake8_gradsafe.prefilter.points_to import LEAF, UNKNOWN, VIA_DATA, VIA_NUMPY
from flake8_gradsafe.prefilter.summaries import Summaries, number_of
from flake8_gradsafe.prefilter.triggers import DIFFERENTIATES, HOOKS, INFERENCE, READS_GRAD, WRITES, marks_of
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax import taken_back
from flake8_gradsafe.syntax.dropped_updates import dropped_update
from flake8_gradsafe.syntax.misspelt import SWITCHES, meant_by
from flake8_gradsafe.syntax.uncalled import may_do_nothing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from flake8_gradsafe.prefilter.code_units import CodeUnit
    from flake8_gradsafe.prefilter.effects import Summary
    from flake8_gradsafe.prefilter.points_to import Locations, PointsTo, Write
    from flake8_gradsafe.syntax.module import Module
    from flake8_gradsafe.syntax.nodes import Nodes

_MAKES_INFERENCE = re.compile(r"\binference_mode\b(?!\(\s*(?:mode\s*=\s*)?False\b)")


#: With none of these, nothing is taken from a graph, or asked for what only leaves have.
_OF_LEAVES = frozenset({"detach", "detach_", "grad", "requires_grad", "requires_grad_"})
#: Take tensors to be stepped.
_GROUP = "add_param_group"
_TAKING_TENSORS = training.OPTIMIZER_NAMES | {_GROUP}
_MAKING_LEAVES = frozenset({"requires_grad", "requires_grad_"})
#: What takes a tensor through NumPy: on the way there, and back.
_INTO_ARRAYS = frozenset({"detach", "numpy"})
_OUT_OF_ARRAYS = frozenset({"from_numpy", "as_tensor", "tensor"})


#: What the spelling of a class tells: that it gives something the memory of something else, or drops what its layers give.
_TOLD_BY_CLASSES = (
    rebound_targets,
    targets_of_themselves,
    averages_of_themselves,
    averages_in_place,
    registered_twice,
    dropped_layers,
    carried_sums,
)


class Triage:
    """Looks in one file for functions that can hold a finding."""

    def __init__(self, module: Module, known: Mapping[str, Summary] | None = None) -> None:
        """Take a file's program, and the summaries of its functions that are known already."""
        self.summaries = Summaries(module, known)
        self.index = self.summaries.index
        self.facts = ArgumentFacts(self.summaries)

    @cached_property
    def call_graph(self) -> CallGraph:
        """The graph of which functions may reach others by calls."""
        return CallGraph(self.index, self.summaries.layers)

    def suspicious_functions(self) -> Iterator[CodeUnit]:
        """The functions, and the statements between them, that may hold a finding."""
        leaving_out = (
            self._units_that_leave_out | self._units_that_drop | self._units_that_share | self._units_that_cut_layers
        )
        return (unit for unit in self.index.leaves if unit in leaving_out or self._is_suspicious(unit))

    def adds_to(self, suspects: Iterable[CodeUnit]) -> bool:
        """True if the file may make a finding of functions of other files that these do not make of them.

        It does so where something that it comes to differentiates, where it computes what its own callers differentiate, and
        where it hands over what is refused.
        """
        suspects = list(suspects)
        if not suspects:
            return False
        if any(unit.marks & DIFFERENTIATES for unit in self.index.leaves) or any(
            map(self._has_refused_write, suspects)
        ):
            return True
        own = self.call_graph.transitive_callers(suspects) - self.index.others
        return any(map(self.index.is_entry, own))

    def _has_refused_write(self, unit: CodeUnit) -> bool:
        flow = self.summaries.flow(unit)
        return flow is None or any(
            self._is_refused(write, unit, flow) or _may_write_leaf(write) for write in flow.found.writes
        )

    @cached_property
    def _units_that_drop(self) -> frozenset[CodeUnit]:
        """The functions, and statements between them, that drop what a function gives which only detaches."""
        helpers = detaching_helpers(unit.node for unit in self.index.leaves if isinstance(unit.node, ir.Function))
        if not helpers:
            return frozenset()
        return frozenset(unit for unit in self.index.leaves if any(dropped_results(_body_of(unit), helpers)))

    @cached_property
    def _units_that_share(self) -> frozenset[CodeUnit]:
        """The methods of classes whose spelling tells that a copy shares memory, or what harms otherwise."""
        sharing = [
            unit
            for unit in self.index.classes.values()
            if isinstance(unit.node, ir.Class) and any(any(told(unit.node)) for told in _TOLD_BY_CLASSES)
        ]
        return frozenset(unit for unit in self.index.leaves if unit.owner in sharing)

    @cached_property
    def _units_that_cut_layers(self) -> frozenset[CodeUnit]:
        """The constructors of modules whose forward may cut off what their own layers compute."""
        cutting = [
            unit
            for name, unit in self.index.classes.items()
            if name in self.index.modules and isinstance(unit.node, ir.Class) and any(cut_layers(unit.node, None))
        ]
        return frozenset(unit for unit in self.index.leaves if unit.owner in cutting)

    @cached_property
    def _units_that_leave_out(self) -> frozenset[CodeUnit]:
        """The constructors that make layers and parameters which their modules do not register."""
        classes = {name: unit.node for name, unit in self.index.classes.items() if isinstance(unit.node, ir.Class)}
        modules = [name for name in self.index.modules if name in classes]
        functions = [unit.node for unit in self.index.functions if isinstance(unit.node, ir.Function)]
        leaving = any(left_out(classes[name]) is not None for name in modules) or any(
            given_twice(each) or network_left_out(each) for each in classes.values()
        )
        if leaving or any(True for _ in unregistered(classes, modules, functions)):
            return frozenset(unit for unit in self.index.leaves if unit.name == "__init__")
        return frozenset()

    def _is_suspicious(self, unit: CodeUnit) -> bool:
        marks = unit.marks
        if marks & DIFFERENTIATES or (marks & READS_GRAD and self._may_be_given_detached(unit)):
            return True
        if (marks & HOOKS or self._is_given_gradients(unit)) and self._may_edit(unit):
            return True
        if unit.owner is not None and unit.name in self.index.differentiated_in(unit.owner):
            return True
        if unit.name == "forward" and isinstance(unit.node, ir.Function) and unit.node.assigns:
            return True  # it may keep a graph from one call to the next
        if unit.name == "forward" and taken_back.IN_TEXT.search(unit.text) is not None:
            return True  # no gradient may pass to what it adds and takes away again
        if "data" in unit.names and unit.owner is not None and self.index.is_entry(unit):
            return True  # it may cut off the module's own parameters
        if unit.owner is not None and unit.names >= _INTO_ARRAYS and not unit.names.isdisjoint(_OUT_OF_ARRAYS):
            return True  # so may a way through NumPy
        if not unit.names.isdisjoint(_MAKING_LEAVES) and _computes_loss(unit):
            return True  # it may give back a leaf instead of the loss
        if not unit.names.isdisjoint(training.CUTTING | {"new_tensor"}) and _gives_loss(unit):
            return True  # it may add a constant to the loss
        if "detach_" in unit.text and any(site.may_cut_what_is_used for site in cut_sites(_body_of(unit)).values()):
            return True
        if "requires_grad" in unit.names and any(map(_sets_flag_of_module, unit.nodes.stored)):
            return True
        if not unit.names.isdisjoint(_TAKING_TENSORS) and any(map(_hands_over_tensors, unit.nodes.calls)):
            return True
        if "load_state_dict" in unit.names and any(kept_states(_body_of(unit))):
            return True
        if "copy" in unit.names and any(shallow_copies(_body_of(unit))):
            return True
        if not unit.names.isdisjoint(training.OPTIMIZER_NAMES) and any(listed_late(_body_of(unit))):
            return True
        if not unit.names.isdisjoint(LISTING) and self._may_keep_values(unit):
            return True
        if any(map(_is_misspelt, unit.nodes.stored)):
            return True
        evaluated = [statement.value for statement in unit.nodes.evaluated]
        if any(may_do_nothing(value) or dropped_update(value) is not None for value in evaluated):
            return True
        if marks & INFERENCE and _MAKES_INFERENCE.search(unit.text) and self._hands_out_inference(unit):
            return True
        if any(marks_of(nodes) & (WRITES | READS_GRAD) for nodes in _classes_in(unit)):
            return True  # what the objects of a class inside of something hold is not followed
        return self._concerns_gradients(unit) and self._shows_harm(unit)

    def _may_keep_values(self, unit: CodeUnit) -> bool:
        """True if a loop over parameters binds them to the memory of others, or keeps that, or binds its own name alone."""
        body = _body_of(unit)
        if isinstance(unit.node, ir.Function) and "data" in unit.names and any(bound_values(unit.node)):
            return True
        return any(vain_bindings(body)) or any(restored_in_vain([_body_of(leaf) for leaf in self.index.leaves], body))

    def _concerns_gradients(self, unit: CodeUnit) -> bool:
        """True if a function does anything that can hurt a gradient, where there may be one. This does not need its flow."""
        writes = bool(unit.marks & (WRITES | READS_GRAD))
        if not writes and not self.index.may_work_in_place:
            return False
        custom = unit.owner is not None and self.index.is_custom(unit.owner)
        if not custom and not self._may_be_trained(unit):
            return writes and _may_be_futile(unit)
        return writes or self._calls_inplace_layer(unit)

    def _shows_harm(self, unit: CodeUnit) -> bool:
        """True if a function's flow shows what may hurt a gradient, or may have no effect."""
        flow = self.summaries.flow(unit)
        if flow is None or flow.found.has_no_effect or (flow.found.cuts_given and not self._is_surely_called(unit)):
            return True
        if self._freezes_computed(unit, flow):
            return True
        if unit.owner is not None and self.index.is_custom(unit.owner):
            return any(write.saved_before or not write.memory.isdisjoint(flow.outer) for write in flow.found.writes)
        if unit not in self._reachable_from_forwards:
            return self._has_harmful_write(unit, flow, reached=False)
        # It costs more to follow calls than names: this is done only where a call would hurt.
        return self._has_harmful_write(unit, flow, reached=True) and (
            self._is_reached(unit) or self._has_harmful_write(unit, flow, reached=False)
        )

    def _is_given_gradients(self, unit: CodeUnit) -> bool:
        return unit.name == "backward" and unit.owner is not None and self.index.is_custom(unit.owner)

    def _may_edit(self, unit: CodeUnit) -> bool:
        """True if a function that gets gradients, or hands over functions that do, may reach a write."""
        if not unit.marks & HOOKS:
            return self._reaches_write([unit])
        if unit.marks & WRITES and any(
            function is not unit.node for function in (*unit.nodes.lambdas, *unit.nodes.functions)
        ):
            return True
        handed = [argument.value for call in unit.nodes.calls for argument in call.arguments if argument.star != "*"]
        names = {queries.last_name(value) for value in handed}
        return self._reaches_write([function for name in names for function in self.index.by_name.get(name, ())])

    def _reaches_write(self, units: list[CodeUnit]) -> bool:
        """True if any of these functions writes, or names a function of the file that does."""
        seen, pending = set(units), units
        while pending:
            if any(unit.marks & WRITES for unit in pending):
                return True
            names = {name for unit in pending for name in unit.names}
            pending = [
                function for name in names for function in self.index.by_name.get(name, ()) if function not in seen
            ]
            seen.update(pending)
        return False

    def _has_harmful_write(self, unit: CodeUnit, flow: PointsTo, reached: bool) -> bool:
        return any(self._may_hurt(write, unit, flow, reached) for write in flow.found.writes)

    def _may_hurt(self, write: Write, unit: CodeUnit, flow: PointsTo, reached: bool) -> bool:
        """True if a write may hurt a gradient. `reached`: a forward comes to it."""
        if self._is_refused(write, unit, flow):
            return True
        if not reached and not self._is_trained(write, unit, flow):
            return False
        kept = self._is_read_again(write, unit, flow, reached) if write.initialises_or_updates else write.saved_before
        if not kept and not self._may_be_kept_outside(write.memory, unit, flow, reached):
            return False
        return not write.maybe_not_tensor or flow.is_tensor(write.memory) or self._is_tensor_outside(write, unit, flow)

    def _is_refused(self, write: Write, unit: CodeUnit, flow: PointsTo) -> bool:
        """True if a function gets a leaf and writes it with grad mode on, which is refused wherever that happens."""
        return (
            _is_seen_by_autograd(write)
            and not write.initialises_or_updates
            and self.facts.is_handed(write.memory, unit, flow, "graded")
        )

    def _is_read_again(self, write: Write, unit: CodeUnit, flow: PointsTo, reached: bool) -> bool:
        """True if a graph may hold what is written behind autograd's back, or if a forward may come back to it."""
        if not write.memory.isdisjoint(VIA_DATA):
            if self._may_be_computed(write.memory, unit, flow):
                return True
            if not write.memory.isdisjoint(LEAF & flow.found.graded) and not self._is_of_module(unit):
                return True  # a leaf that the object holds itself, in a graph before and after
        return reached and not write.memory.isdisjoint(flow.outer | LEAF | UNKNOWN)

    def _is_of_module(self, unit: CodeUnit) -> bool:
        return unit.owner is not None and unit.owner.name in self.index.modules

    def _freezes_computed(self, unit: CodeUnit, flow: PointsTo) -> bool:
        """True if a function takes `requires_grad` away from an argument or an object's tensor, and that may be computed."""
        if flow.found.frozen and any(name in self.index.source for name in parametrizations.NAMES):
            return True
        return any(self._may_be_computed(memory, unit, flow) for memory in flow.found.frozen)

    def _may_be_computed(self, memory: Locations, unit: CodeUnit, flow: PointsTo) -> bool:
        """True if something that comes from outside of a function may be no leaf."""
        if memory.isdisjoint(flow.outer):
            return False
        if self.facts.is_handed(memory, unit, flow, "computed"):
            return True
        return any(location < 0 for location in memory) and not memory.isdisjoint(self._computed_attributes)

    @cached_property
    def _computed_attributes(self) -> frozenset[int]:
        return frozenset(
            number_of(name)
            for flow in self.facts.flows.values()
            for name, memory in flow.found.bound
            if not memory <= flow.outside
        )

    def _is_surely_called(self, unit: CodeUnit) -> bool:
        """True if a constructor calls a function in any case: then it is never entered with unknown arguments."""
        makers = [
            function
            for function in self.index.functions
            if function.name == "__init__" and function.owner is unit.owner
        ]
        return unit.owner is not None and any(
            queries.called(call) == unit.name
            for maker in makers
            for statement in (maker.node.body if maker.node is not None else ())
            for call in _calls_in(maker.as_written(statement))
        )

    def _may_be_given_detached(self, unit: CodeUnit) -> bool:
        return "detach" in self.index.source and any(
            unit.name in leaf.text and "detach" in leaf.text for leaf in self.index.leaves if leaf is not unit
        )

    def _calls_inplace_layer(self, unit: CodeUnit) -> bool:
        return any(f".{name}(" in unit.text for name in self.summaries.layers.inplace_attributes)

    def _may_be_kept_outside(self, memory: Locations, unit: CodeUnit, flow: PointsTo, reached: bool) -> bool:
        """True if something that comes from outside of a function may be kept there."""
        if not memory.isdisjoint(flow.found.saved_late):
            return True
        if memory.isdisjoint(flow.outer):
            return False
        if self.facts.is_handed(memory, unit, flow, "kept"):
            return True
        return any(location < 0 for location in memory) and not memory.isdisjoint(self._kept_attributes(unit, reached))

    def _kept_attributes(self, unit: CodeUnit, reached: bool) -> set[int]:
        """The attributes that something may keep before a function is run: a forward may, where one comes to it."""
        if reached:
            return self.facts.attributes[0]
        flows = [flow for caller in self._transitive_callers(unit) if (flow := self.summaries.flow(caller)) is not None]
        return kept_by(flows)

    def _is_tensor_outside(self, write: Write, unit: CodeUnit, flow: PointsTo) -> bool:
        memory = write.memory
        if memory.isdisjoint(flow.outer):
            return False
        if self.facts.is_handed(memory, unit, flow, "tensors" if write.stores else "items"):
            return True
        return not memory.isdisjoint(self.facts.attributes[1])

    def _is_trained(self, write: Write, unit: CodeUnit, flow: PointsTo) -> bool:
        """True if something surely requires grad where a function is run that no forward reaches.

        Of a write through another handle it is enough that the file trains anything.
        """
        if not write.memory.isdisjoint(flow.found.detached):
            return True
        if unit not in self._trained:
            return False
        if not _is_seen_by_autograd(write) or flow.found.graded:
            return True
        return self.facts.may_be_called(unit) and bool(self.facts.handed.get(unit, ParameterFacts()).graded)

    def _may_be_trained(self, unit: CodeUnit) -> bool:
        """True if a forward may come to a function, or something that requires grad is made where it is run."""
        return unit in self._reachable_from_forwards or unit in self._trained

    @cached_property
    def _trained(self) -> frozenset[CodeUnit]:
        """The functions that may be run where something requires grad for sure."""
        return self._reachable_from(self._surely_trained)

    @cached_property
    def _reachable_from_forwards(self) -> frozenset[CodeUnit]:
        """The functions to which a forward may come, by names alone: this is cheap."""
        return self._reachable_from(function for function in self.index.functions if self.index.is_entry(function))

    def _reachable_from(self, units: Iterable[CodeUnit]) -> frozenset[CodeUnit]:
        """Return these functions and those that they may reach by the names in them."""
        found = set(units)
        pending = list(found)
        while pending:
            for name in self._called_by.keys() & pending.pop().names:
                more = [unit for unit in self._called_by[name] if unit not in found]
                found.update(more)
                pending += more
        return frozenset(found)

    @cached_property
    def _called_by(self) -> dict[str, list[CodeUnit]]:
        """The functions by the name under which they are called: for what objects do by themselves, their class's."""
        found: dict[str, list[CodeUnit]] = {}
        for function in self.index.functions:
            found.setdefault(_called_as(function), []).append(function)
        return found

    def _is_reached(self, unit: CodeUnit) -> bool:
        """True if a forward may come to a function, by calls."""
        return any(map(self.index.is_entry, self.call_graph.transitive_callers({unit})))

    def _transitive_callers(self, unit: CodeUnit) -> Iterator[CodeUnit]:
        """Yield a function and all that may reach it by calls in the file."""
        seen, pending = {unit}, [unit]
        while pending:
            current = pending.pop()
            yield current
            if not current.is_function:
                continue
            more = [other for other in self.index.users_of(_called_as(current)) if other not in seen]
            seen.update(more)
            pending += more

    def _hands_out_inference(self, unit: CodeUnit) -> bool:
        """True if what is made in inference mode may meet what requires grad: elsewhere, or further down in the function."""
        return unit in self._trained or any(unit.name in leaf.text for leaf in self.index.leaves if leaf is not unit)

    @cached_property
    def _surely_trained(self) -> frozenset[CodeUnit]:
        """The functions that make something which requires grad, or get it from one that does."""
        names = set(self.index.makers)
        sure: set[CodeUnit] = set()
        grown = True
        while grown:
            leafy = {
                name
                for name, values in self.summaries.layers.attributes.items()
                if any(not names.isdisjoint(self.index.names_in(bound.value)) for bound in values)
            }
            more = [
                leaf
                for leaf in self.index.leaves
                if leaf not in sure
                and (not names.isdisjoint(leaf.names) or (leaf.owner is not None and not leafy.isdisjoint(leaf.names)))
            ]
            sure.update(more)
            names.update(name for pattern in more for name in pattern.binds)
            grown = bool(more)
        return frozenset(sure)


def _is_seen_by_autograd(write: Write) -> bool:
    return write.memory.isdisjoint(UNKNOWN | VIA_DATA | VIA_NUMPY)


def _may_write_leaf(write: Write) -> bool:
    return _is_seen_by_autograd(write) and not write.memory.isdisjoint(LEAF)


def _called_as(function: CodeUnit) -> str:
    by_itself = function.name.startswith("__")
    return function.owner.name if by_itself and function.owner is not None else function.name


def _computes_loss(unit: CodeUnit) -> bool:
    return training.is_loss(unit.name) or (unit.owner is not None and training.is_loss(unit.owner.name))


def _gives_loss(unit: CodeUnit) -> bool:
    return training.gives_loss(unit.name, "" if unit.owner is None else unit.owner.name)


def _hands_over_tensors(call: ir.Call) -> bool:
    """True if an optimizer is given a list of tensors, which may be computed ones that it refuses, or of groups of such."""
    if not call.arguments or (name := queries.called(call)) not in _TAKING_TENSORS:
        return False
    return isinstance(call.arguments[0].value, ir.Mapping if name == _GROUP else ir.Sequence)


def _is_misspelt(target: ir.Name | ir.Attribute) -> bool:
    """True if an attribute is set that PyTorch has under another name, or a method may be overwritten that it has."""
    if not isinstance(target, ir.Attribute):
        return False
    return bool(meant_by(target.attr)) or (target.attr in SWITCHES and not queries.is_own(target.value))


def _sets_flag_of_module(target: ir.Name | ir.Attribute) -> bool:
    """True if `requires_grad` is set of what may be a module: by its name it is neither a parameter nor another tensor."""
    if not isinstance(target, ir.Attribute) or target.attr != "requires_grad":
        return False
    return _TENSOR_NAMES.search(queries.last_name(target.value)) is None


_TENSOR_NAMES = re.compile(
    r"^.?$|^(?:self|_|pp|ww|wb)$|param|weight|bias|tensor|input|image|img|data|var|noise|latent|delta|grad|embed",
    re.IGNORECASE,
)


def _classes_in(unit: CodeUnit) -> Iterator[Nodes]:
    """The elements of the classes that stand in something, or that it is."""
    if isinstance(unit.node, ir.Class):
        yield unit.nodes
    yield from (nodes for _, nodes in unit.nodes.classes)


def _calls_in(statement: ir.Statement) -> Iterator[ir.Call]:
    """The calls of a statement that is a plain assignment or an expression."""
    if isinstance(statement, ir.Evaluate) or (isinstance(statement, ir.Assign) and statement.annotation is None):
        roots = (statement.value, *(statement.targets if isinstance(statement, ir.Assign) else ()))
        for root in roots:
            yield from (node for node in queries.walk(root) if isinstance(node, ir.Call)) if root is not None else ()


def _may_be_futile(unit: CodeUnit) -> bool:
    """True if a function may do something that is refused or has no effect, whether or not anything is trained."""
    if not unit.names.isdisjoint(_OF_LEAVES):
        return True
    calls = [node.value for node in unit.nodes.evaluated if isinstance(node.value, ir.Call)]
    functions = [call.function for call in calls if isinstance(call.function, ir.Attribute)]
    return any(
        queries.is_inplace(function.attr) and not isinstance(function.value, (ir.Name, ir.Attribute))
        for function in functions
    )


def _body_of(unit: CodeUnit) -> ir.Body:
    return unit.node.body if isinstance(unit.node, ir.Function) else unit.statements
