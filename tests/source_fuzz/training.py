"""Programs that train: optimizers, several modules, clipping, moving averages, frozen modules, inner steps."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from tests.source_fuzz.calls import indented, respelled
from tests.source_fuzz.containers import ContainerAuthor
from tests.source_fuzz.generate import Tensor
from tests.source_fuzz.modules import Network

_OPTIMIZERS: Mapping[str, int] = {
    "torch.optim.SGD({p}, lr=0.1)": 8,
    "torch.optim.SGD({p}, lr=0.05, momentum=0.9)": 3,
    "torch.optim.Adam({p}, lr=0.01)": 4,
    "torch.optim.AdamW({p}, lr=0.02)": 2,
    "torch.optim.SGD({p}, lr=0.1, fused=True)": 2,
    "torch.optim.Adam({p}, lr=0.02, fused=True)": 1,
}
_AVERAGES: Sequence[str] = (
    "{a}.data.mul_(0.9).add_({b}.data, alpha=0.1)",
    "{a}.data.copy_({b}.data * 0.5)",
    "{a}.data = 0.9 * {a}.data + 0.1 * {b}.data",
    "{a}.data.lerp_({b}.data * 0.7, 0.2)",
    "{a}.mul_(0.9).add_({b}, alpha=0.1)",
    "{a}.copy_(0.9 * {a} + 0.1 * {b})",
    "{a}.detach().mul_(0.9).add_({b}.detach(), alpha=0.1)",
)
_CLIPS: Sequence[str] = (
    "{p}.data.clamp_(-0.2, 0.4)",
    "{p}.data.clamp_(min=0.35)",
    "{p}.clamp_(-0.2, 0.4)",
    "{p}.data.div_({p}.data.norm().clamp(min=1.0))",
    "{p}.data = {p}.data.clamp(-0.2, 0.4)",
)


class TrainingAuthor(ContainerAuthor):
    """Writes training loops."""

    _STORIES: Mapping[str, int] = {
        **ContainerAuthor._STORIES,
        "fitted": 34,
        "adversarial": 14,
        "averaged": 12,
        "stepped_by_hand": 10,
        "stateful": 10,
        "inner_step": 6,
    }

    # parts of a round

    @contextlib.contextmanager
    def captured(self) -> Iterator[list[str]]:
        """What is written goes into a list of its own; what it binds is not known afterwards."""
        kept = self.lines, self.indent, self.in_function
        known = list(self.tensors), list(self.constants), dict(self.flags), list(self.terms)
        self.lines, self.indent, self.in_function = [], 0, False
        yield self.lines
        self.lines, self.indent, self.in_function = kept
        self.tensors, self.constants, self.flags, self.terms = known

    def in_step(self, build: Callable[[], None], share: int = 35) -> None:
        """What `build` writes, sometimes as a function that is called here; it binds nothing needed later."""
        if not self.chance(share):
            build()
            return
        with self.captured() as body:
            build()
        text = "\n".join(body)
        bound = {name for line in body for name in _bound_names(line)}
        names = [name for name in self.mentionable() if name not in bound and respelled(text, {name: ""}) != text]
        dotted = [name for name in names if not name.isidentifier()]
        names = [name for name in names if name.isidentifier()]
        names += [root for root in {name.split(".")[0]: None for name in dotted} if root not in names]
        if not names or len(names) > 7 or "self" in names:
            for line in body:
                self.emit(line)
            return
        self.style("training:step-function")
        function = self.word("helper")
        if self.chance(25):
            spelled = {name: f"{name}_" for name in names}
            body = [respelled(re.sub(rf"\b({'|'.join(names)})(?=\.)", r"\1_", line), spelled) for line in body]
            names_inside = [spelled[name] for name in names]
        else:
            names_inside = names
        self.define([f"def {function}({', '.join(names_inside)}):", *indented(body)], here=self.chance(15))
        self.emit(f"{function}({', '.join(names)})")

    def optimizer_of(self, *modules: str) -> str:
        """A new optimizer of the parameters of these modules."""
        name = self.name("optimizer")
        parameters = self.one_of(("{m}.parameters()", "{m}.parameters()", "list({m}.parameters())"))
        text = parameters.format(m=modules[0])
        if len(modules) > 1:
            text = f"[{', '.join(f'*{module}.parameters()' for module in modules)}]"
        maker = self.weighted(_OPTIMIZERS)
        self.style("training:fused" if "fused" in maker else "training:optimizer")
        self.emit(f"{name} = {maker.format(p=text)}")
        return name

    def output_of(self, network: Network, argument: str) -> Tensor:
        """The module's result, under a new name."""
        name = self.name("value")
        self.emit(f"{name} = {network.instance}({argument}){'[0]' if network.results == 2 else ''}")
        tensor = Tensor(name, graph=True, tame=False)
        self.tensors.append(tensor)
        return tensor

    def loss_of(self, tensor: Tensor) -> str:
        name = self.name("loss")
        self.emit(f"{name} = {self.valued(self.loss_text(tensor))}")
        return name

    def clipped(self, module: str) -> None:
        """A loop over the parameters that bounds each."""
        self.style("training:clip")
        line = self.one_of(_CLIPS).format(p="p")
        self.used.add("p")

        def loop() -> None:
            with self.block(f"for p in {module}.parameters():"):
                self.act(line)

        self.no_grad(loop) if ".data" not in line or self.chance(20) else loop()

    def average(self, target: str, source: str) -> None:
        """A moving average of one module's parameters in another one's."""
        self.style("training:average")
        line = self.one_of(_AVERAGES)
        header = "for {a}, {b} in zip({t}.parameters(), {s}.parameters()):"
        guarded = "data" not in line and "detach" not in line
        if self.chance(35):
            function = self.word("helper")
            body = [header.format(a="a", b="b", t="target", s="source"), "    " + line.format(a="a", b="b")]
            decorator = ["@torch.no_grad()"] if guarded and self.chance(50) else []
            if guarded and not decorator:
                body = ["with torch.no_grad():", *indented(body)]
            self.define([*decorator, f"def {function}(target, source):", *indented(body)])
            self.emit(f"{function}({target}, {source})")
        elif self.chance(15):
            self.emit(f"{target}.load_state_dict({source}.state_dict())")
        else:
            guard = self.block("with torch.no_grad():") if guarded else contextlib.nullcontext()
            with guard, self.block(header.format(a="p_avg", b="p", t=target, s=source)):
                self.emit(line.format(a="p_avg", b="p"))

    def requires(self, module: str, flag: bool) -> None:
        """Freeze or unfreeze a module, by a helper or by its own method."""
        self.style("training:freeze")
        how = self.choose(3)
        if how == 0:
            self.emit(f"{module}.requires_grad_({flag})")
            return
        set_flag = self.one_of(("p.requires_grad_(flag)", "p.requires_grad = flag"))
        if how == 1:
            if "set_requires_grad" not in self.words:
                self.words.add("set_requires_grad")
                body = ["for p in module.parameters():", f"    {set_flag}"]
                self.define(["def set_requires_grad(module, flag):", *indented(body)])
            self.emit(f"set_requires_grad({module}, {flag})")
            return
        with self.block(f"for p in {module}.parameters():"):
            self.emit(set_flag.replace("flag", str(flag)))

    def disturbance(self, network: Network, *, called: bool = True) -> None:
        """Something that is harmless at one place of a round and harmful at another."""
        how = self.weighted({"clip": 30, "state": 22, "kept": 10, "evaluate": 8})
        if how == "clip":
            self.clipped(network.instance)
        elif how == "state":
            self.state_written(network.instance, network)
        elif how == "kept" and network.kept and called:
            self.act(f"{network.instance}.{network.kept}.data.mul_(0.5)")
        else:
            self.evaluated(network)

    def evaluated(self, network: Network) -> None:
        """The module is called without grad."""
        self.style("training:evaluate")
        function = self.word("helper")
        self.define(["@torch.no_grad()", f"def {function}(module, batch):", "    return module(batch)"])
        self.emit(f"{function}({network.instance}, {self.constant()})")

    # stories

    def fitted(self) -> None:
        """A training loop over a module's parameters, with one thing or another at the wrong place."""
        network = self.one_of(self.networks) if self.networks and self.chance(35) else self.network()
        optimizer = self.optimizer_of(network.instance)
        inputs = self.constant() if self.chance(70) else self.any_tensor().name
        self.constant()
        collected = self.name("pair") if self.chance(25) else ""
        if collected:
            self.emit(f"{collected} = []")
        stepped = self.weighted({"after": 60, "before": 14, "never": 6, "closure": 6, "between": 14})
        zeroed = self.one_of(("first", "first", "before", "last", "never"))
        disturbed = self.weighted({"": 40, "first": 8, "between": 26, "last": 16})
        retained = "retain_graph=True" if self.chance(12) else ""
        zero = self.one_of((f"{optimizer}.zero_grad()", f"{network.instance}.zero_grad()"))

        def one_round() -> None:
            if stepped == "closure":
                self.closed(network, optimizer, inputs)
                return
            if zeroed == "first":
                self.emit(zero)
            if disturbed == "first":
                self.disturbance(network, called=False)
            tensor = self.output_of(network, inputs)
            if self.chance(30):
                tensor = self.op(tensor)
            loss = self.loss_of(tensor)
            if disturbed == "between":
                self.disturbance(network) if self.chance(75) else self.write(tensor)
            if stepped == "before":
                self.act(f"{optimizer}.step()")
            if zeroed == "before":
                self.emit(zero)
            self.act(f"{loss}.backward({retained})")
            if collected:
                self.emit(f"{collected}.append({loss}{self.one_of(('.item()', '.detach()', ''))})")
            if self.chance(20):
                self.style("training:clip-gradients")
                self.emit(f"torch.nn.utils.clip_grad_norm_({network.instance}.parameters(), 1.0)")
            if stepped == "after":
                self.act(f"{optimizer}.step()")
            if stepped == "between":
                second = self.loss_of(self.output_of(network, inputs))
                self.act(f"{optimizer}.step()")
                self.act(f"{second}.backward()")
            if zeroed == "last":
                self.emit(zero)
            if disturbed == "last":
                self.disturbance(network)

        self.style("training:fit", f"training:step-{stepped}")
        with self.captured_round():
            self.in_step(one_round)

    @contextlib.contextmanager
    def captured_round(self) -> Iterator[None]:
        """A loop of some rounds; what a round binds is not used after it."""
        tensors, constants, flags = list(self.tensors), list(self.constants), dict(self.flags)
        with self.loop(1 + self.choose(3)):
            yield
        self.tensors, self.constants, self.flags = tensors, constants, flags

    def closed(self, network: Network, optimizer: str, inputs: str) -> None:
        """An optimizer's step that calls the forward and the backward."""
        with self.block("def closure():"):
            self.emit(f"{optimizer}.zero_grad()")
            loss = self.loss_of(self.output_of(network, inputs))
            if self.chance(35):
                self.disturbance(network)
            self.emit(f"{loss}.backward()")
            self.emit(f"return {loss}")
        self.emit(f"{optimizer}.step(closure)")

    def adversarial(self) -> None:
        """Two modules with two optimizers, trained in turn."""
        self.style("training:adversarial")
        generator, critic = self.network(), self.network()
        first, second = self.optimizer_of(generator.instance), self.optimizer_of(critic.instance)
        noise, real = self.constant(), self.constant()
        early = self.chance(35)  # the generator's loss is computed before the critic's step
        detached = ".detach()" if self.chance(65) else ""
        frozen = self.weighted({"": 60, "right": 16, "wrong": 16})
        clipped = self.weighted({"": 50, "after": 16, "between": 16})

        def one_round() -> None:
            fake = self.output_of(generator, noise)
            real_score, fake_score = self.output_of(critic, real), self.output_of(critic, f"{fake.name}{detached}")
            critic_loss = self.name("loss")
            self.emit(f"{critic_loss} = {fake_score.name}.mean() - ({real_score.name} ** 2).mean()")
            generator_loss = ""
            if early:
                generator_loss = self.loss_of(self.output_of(critic, fake.name))
            if clipped == "between":
                self.clipped(critic.instance)
            self.emit(f"{second}.zero_grad()")
            self.act(f"{critic_loss}.backward({'retain_graph=True' if not detached and self.chance(60) else ''})")
            self.act(f"{second}.step()")
            if clipped == "after":
                self.clipped(critic.instance)
            if frozen == "right":
                self.requires(critic.instance, False)
            if not generator_loss:
                generator_loss = self.loss_of(self.output_of(critic, fake.name))
            if frozen == "wrong":
                self.requires(critic.instance, False)
            self.emit(f"{first}.zero_grad()")
            self.act(f"{generator_loss}.backward()")
            self.act(f"{first}.step()")
            if frozen:
                self.requires(critic.instance, True)

        with self.captured_round():
            self.in_step(one_round, share=20)

    def averaged(self) -> None:
        """A copy of a module that follows it, at a harmless place or between a forward and its backward."""
        network = self.network()
        shadow = self.name("module")
        how = self.one_of(("deepcopy", "deepcopy", "instance"))
        made = f"copy.deepcopy({network.instance})" if how == "deepcopy" else f"{network.class_name}()"
        self.emit(f"{shadow} = {made}")
        argument = self.any_tensor().name
        both = self.chance(30)
        used = Network(shadow, network.weights, results=network.results)
        target, source = (network.instance, shadow) if self.chance(40) else (shadow, network.instance)
        place = self.one_of(("between", "between", "first", "later"))
        if place == "first":
            self.average(target, source)
        self.term(self.output_of(network, argument))
        if both:
            guarded = self.chance(40)
            if guarded:
                with self.block("with torch.no_grad():"):
                    self.output_of(used, argument)
            else:
                self.term(self.output_of(used, argument))
        if place == "later":
            self.later.append(lambda: self.average(target, source))
        elif place == "between":
            self.average(target, source)

    def stepped_by_hand(self) -> None:
        """A step that the program does itself, by a function or a loop over the leaves."""
        self.style("training:by-hand")
        leaves = [t.name for t in self.tensors if t.leaf and t.name.isidentifier()]
        leaf = self.recent([t for t in self.tensors if t.leaf])
        listed = f"[{', '.join(leaves)}]" if leaves else f"[{leaf.name}]"
        line = self.one_of(
            (
                "p.data -= 0.1 * p.grad",
                "p.data.add_(p.grad, alpha=-0.1)",
                "p.data = p.data - 0.1 * p.grad",
                "p -= 0.1 * p.grad",
                "p.sub_(0.1 * p.grad)",
                "p.copy_(p - 0.1 * p.grad)",
            )
        )
        cleared = self.one_of(("p.grad = None", "p.grad.zero_()", ""))
        body = ["for p in parameters:", "    if p.grad is not None:", f"        {line}"]
        body += [f"        {cleared}"] if cleared else []
        guarded = ".data" not in line
        decorator = ["@torch.no_grad()"] if guarded and self.chance(50) else []
        if guarded and not decorator:
            body = ["with torch.no_grad():", *indented(body)]
        function = self.word("helper")
        self.define([*decorator, f"def {function}(parameters):", *indented(body)])
        order = self.weighted({"after": 50, "before": 30, "between": 20})

        def one_round() -> None:
            loss = self.loss_of(self.op(leaf, saving=self.chance(80)))
            second = self.loss_of(self.op(leaf)) if order == "between" else ""
            if order == "before":
                self.emit(f"{function}({listed})")
            self.act(f"{loss}.backward({'retain_graph=True' if self.chance(10) else ''})")
            if order != "before":
                self.emit(f"{function}({listed})")
            if second:
                self.act(f"{second}.backward()")

        with self.captured_round():
            self.in_step(one_round)

    def stateful(self) -> None:
        """A cell whose state goes from step to step, cut or kept, written or not."""
        self.style("training:state")
        name, instance = self.class_name(), self.name("module")
        step = self.one_of(
            (
                "torch.tanh(x * self.weight + state)",
                "torch.sigmoid(x + state * self.weight)",
                "state * self.weight + x",
                "state + x * self.weight",
                "torch.sin(state) * self.weight + x",
            )
        )
        body = [f"return {step}"] if self.chance(60) else [f"state = {step}", "return state, state * 2.0"]
        pair = len(body) == 2
        initial = ["super().__init__()", "self.weight = nn.Parameter(torch.rand(4) + 0.3)"]
        lines = ["def __init__(self):", *indented(initial), "", "def forward(self, x, state):", *indented(body)]
        self.define([f"class {name}(nn.Module):", *indented(lines)])
        self.emit(f"{instance} = {name}()")
        self.parameters.append(f"{instance}.weight")
        state, inputs = self.name("value"), self.constant()
        self.emit(f"{state} = torch.zeros({self.shape})")
        every_round = self.chance(65)
        losses = self.name("pair")
        if not every_round:
            self.emit(f"{losses} = []")
        cut = self.weighted({"none": 20, "detach": 30, "detach_": 25, "data": 8, "early": 14})
        written = self.weighted({"": 60, "state": 20, "weight": 14})

        def one_round() -> None:
            target = f"{state}, {self.name('value')}" if pair else state
            self.emit(f"{target} = {instance}({inputs}, {state})")
            if cut == "early":
                self.emit(f"{state} = {state}.detach()")
            if written == "state":
                self.act(
                    self.one_of((f"{state}.data.mul_(0.5)", f"{state}.data[0] = 0.1", f"{state}.detach().add_(0.2)"))
                )
            text = self.loss_text(Tensor(state))
            if every_round:
                loss = self.name("loss")
                self.emit(f"{loss} = {text}")
                if written == "weight":
                    self.act(f"{instance}.weight.data.mul_(0.9)")
                self.act(f"{loss}.backward({'retain_graph=True' if self.chance(12) else ''})")
            else:
                self.emit(f"{losses}.append({text})")
                if written == "weight":
                    self.act(f"{instance}.weight.data.mul_(0.9)")
            match cut:
                case "detach":
                    self.emit(f"{state} = {state}.detach()")
                case "detach_":
                    self.act(f"{state}.detach_()")
                case "data":
                    self.emit(f"{state} = {state}.data")

        with self.captured_round():
            one_round()
        if not every_round:
            self.summed_losses(losses)

    def summed_losses(self, losses: str) -> None:
        total = self.name("loss")
        self.emit(
            f"{total} = {self.one_of(('sum({})', 'torch.stack({}).sum()', 'torch.stack({}).mean()')).format(losses)}"
        )
        self.terms.append(total)

    def inner_step(self) -> None:
        """A step that stays in the graph, by `autograd.grad(create_graph=True)`."""
        self.style("training:inner-step")
        leaf = self.recent([t for t in self.tensors if t.leaf])
        inner = self.loss_of(self.op(leaf))
        gradient, fast = self.name("gradient"), self.name("value")
        create = "create_graph=True" if self.chance(75) else "retain_graph=True"
        form = self.one_of(("({g},) = {c}", "{g} = {c}[0]"))
        self.emit(
            form.format(g=gradient, c=f"torch.autograd.grad({inner}, [{leaf.name}], {create}, allow_unused=True)")
        )
        self.emit(f"{fast} = {leaf.name} - 0.1 * {gradient}")
        tensor = Tensor(fast, graph=True, tame=False)
        self.tensors.append(tensor)
        self.term(self.op(tensor))
        if self.chance(60):
            line = self.one_of(
                (
                    "{w}.data.sub_(0.1 * {g}.detach())",
                    "{f}.data.mul_(0.5)",
                    "{g}.data.mul_(0.5)",
                    "{f}.detach().zero_()",
                    "{w}.data.clamp_(0.1, 0.4)",
                )
            )
            text = line.format(w=leaf.name, f=fast, g=gradient)
            self.controlled(lambda: self.act(text))


def _bound_names(line: str) -> list[str]:
    """The names that a line binds."""
    line = line.strip()
    if found := re.search(r"\((\w+) := ", line):
        return [found[1], *_bound_names(line.replace(" := ", ", "))]
    if found := re.match(r"(?:for ([\w, ]+) in |([\w, ]+) = |def (\w+)\()", line):
        return [name for name in re.split(r"[,\s]+", next(filter(None, found.groups()))) if name]
    return []
