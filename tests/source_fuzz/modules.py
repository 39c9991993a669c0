"""Programs with modules of their own: parameters, buffers, submodules, state that forward writes or keeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.source_fuzz.calls import CallAuthor, indented
from tests.source_fuzz.generate import Tensor

_CLASSES: Sequence[str] = (
    "Net",
    "Encoder",
    "Critic",
    "Gate",
    "Policy",
    "Projection",
    "Cell",
    "Mixture",
    "Layer",
    "Tower",
)
_WEIGHTS: Sequence[str] = ("weight", "gain", "scale", "theta")
_BUFFERS: Sequence[str] = ("running", "centre", "temperature", "codebook", "momentum")
_PARTS: Sequence[str] = ("linear", "net", "layers", "inner", "activation")

_INITIAL: Sequence[str] = (
    "nn.Parameter(torch.rand(4) + 0.3)",
    "nn.Parameter(torch.tensor([0.4, 0.9, 1.1, 0.7]))",
    "nn.Parameter(torch.full((4,), 0.6))",
    "nn.Parameter(torch.linspace(0.3, 1.2, 4))",
)
_UNSEEN_STATE_WRITES: Sequence[str] = (
    "{w}.data.mul_(0.9)",
    "{w}.data.add_(0.2)",
    "{w}.data.clamp_(0.35, 0.55)",
    "{w}.data.copy_(torch.full_like({w}, 0.5))",
    "{w}.data.copy_({w}.data * 0.8)",
    "{w}.data /= 1.5",
    "{w}.data *= 0.7",
    "{w}.data[0] = 0.25",
    "{w}.data = {w}.data * 0.5",
    "{w}.data.div_({w}.data.norm())",
    "{w}.detach().numpy()[:2] = 0.3",
)
_SEEN_STATE_WRITES: Sequence[str] = (
    "{w}.mul_(0.9)",
    "{w}.add_(0.2)",
    "{w}.clamp_(0.35, 0.55)",
    "{w}.copy_({w} * 0.8)",
    "{w} *= 0.7",
    "{w}[0] = 0.25",
    "{w}.div_({w}.norm())",
    "nn.init.constant_({w}, 0.45)",
    "nn.init.uniform_({w})",
)
_PARAMETER_LOOPS: Sequence[str] = (
    "{p}.data.clamp_(-0.1, 0.3)",
    "{p}.data.mul_(0.9)",
    "{p}.data.add_(0.05)",
    "{p}.data = {p}.data * 0.5",
    "{p}.data *= 1.1",
)


@dataclass
class Network:
    """A module of the program: the name of an instance and of its class, and what it has."""

    instance: str
    weights: list[str]
    buffers: list[str] = field(default_factory=list)
    kept: str = ""  # an attribute that holds what the last forward computed
    kept_list: str = ""
    results: int = 1
    class_name: str = ""
    parts: bool = False


class ModuleAuthor(CallAuthor):
    """Writes modules and uses them."""

    _STORIES: Mapping[str, int] = {**CallAuthor._STORIES, "modular": 60, "module_again": 14, "normalized": 5}

    def __init__(self, choose: Callable[[int], int]) -> None:
        super().__init__(choose)
        self.networks: list[Network] = []

    def mentionable(self) -> list[str]:
        dotted = [name for name in self.constants if not name.isidentifier()]
        return list(dict.fromkeys([*dotted, *super().mentionable()]))

    def class_name(self) -> str:
        free = [name for name in _CLASSES if name not in self.words]
        name = self.one_of(free) if free else f"{self.one_of(_CLASSES)}{len(self.words)}"
        self.words.add(name)
        return str(name)

    # the class

    def network(self) -> Network:
        """A class and an instance of it."""
        name = self.class_name()
        initial = ["super().__init__()"]
        weights = [self.one_of(_WEIGHTS)]
        if self.chance(30):
            weights.append("bias")
        made = Network("", weights)
        initial += [f"self.{weight} = {self.one_of(_INITIAL)}" for weight in weights]
        if self.chance(45):
            made.buffers.append(self.one_of(_BUFFERS))
            initial.append(self.buffer(made.buffers[0]))
        part = self.weighted({"": 50, "linear": 14, "sequential": 12, "list": 10, "inner": 8, "activation": 6})
        part_call = self.part(part, initial) if part else ""
        made.parts = bool(part_call) and part != "activation"
        kept = self.weighted({"": 60, "cache": 22, "history": 12})
        if kept == "cache":
            made.kept = self.one_of(("cache", "last", "hidden"))
            initial.append(f"self.{made.kept} = None")
        elif kept == "history":
            made.kept_list = self.one_of(("history", "outputs"))
            initial.append(f"self.{made.kept_list} = []")
        lines = [f"class {name}(nn.Module):", "    def __init__(self):", *indented(initial, 2), ""]
        lines += indented(self.methods(made, part, part_call))
        self.define(lines)
        if self.chance(18):
            name = self.derived(name)
        made.instance, made.class_name = self.name("module"), name
        self.emit(f"{made.instance} = {name}()")
        self.style("module:parameter")
        self.networks.append(made)
        self.parameters += [f"{made.instance}.{weight}" for weight in weights]
        return made

    def buffer(self, name: str) -> str:
        value = self.one_of(("torch.full((4,), 0.8)", "torch.ones(4)", "torch.rand(4) + 0.2"))
        if self.chance(70):
            self.style("module:buffer")
            return f'self.register_buffer("{name}", {value})'
        self.style("module:tensor-attribute")
        return f"self.{name} = {value}"

    def part(self, kind: str, initial: list[str]) -> str:
        """A submodule; how forward computes with it."""
        self.style(f"module:{kind}")
        attribute = self.one_of(_PARTS)
        match kind:
            case "linear":
                initial.append(f"self.{attribute} = nn.Linear(4, 4)")
            case "sequential":
                last = self.one_of(("nn.Tanh()", "nn.Sigmoid()", "nn.Softplus()"))
                initial.append(f"self.{attribute} = nn.Sequential(nn.Linear(4, 4), {last})")
            case "list":
                initial.append(f"self.{attribute} = nn.ModuleList([nn.Linear(4, 4) for _ in range(2)])")
                return f"layer in self.{attribute}"
            case "inner":
                inner = self.class_name()
                value = self.one_of(("x * self.weight", "(x * self.weight).sigmoid()", "torch.tanh(x + self.weight)"))
                self.define(
                    [
                        f"class {inner}(nn.Module):",
                        "    def __init__(self):",
                        "        super().__init__()",
                        f"        self.weight = {self.one_of(_INITIAL)}",
                        "",
                        "    def forward(self, x):",
                        f"        return {value}",
                    ]
                )
                initial.append(f"self.{attribute} = {inner}()")
            case _:
                initial.append(
                    f"self.{attribute} = {self.one_of(('nn.Sigmoid()', 'nn.Tanh()', 'nn.Softplus()', 'nn.ReLU()'))}"
                )
        return f"self.{attribute}({{x}})"

    def methods(self, network: Network, part: str, part_call: str) -> list[str]:
        """forward, and what it calls."""
        argument = self.one_of(("x", "inputs", "features", "h"))
        inner = [
            Tensor(argument, graph=True, tame=False),
            *(Tensor(f"self.{weight}", graph=True, leaf=True) for weight in network.weights),
        ]
        with self.scope(inner) as body:
            self.constants = [f"self.{name}" for name in network.buffers]
            if self.chance(16):
                self.state_written("self", network, inside=True)
            state = self.start(inner[0], inner[1:])
            if part == "list":
                name = self.name("value")
                self.emit(f"{name} = {state.name}")
                step = self.one_of(("torch.tanh(layer({n}))", "layer({n})", "layer({n}).sigmoid()"))
                with self.block(f"for {part_call}:"):
                    self.emit(f"{name} = {step.format(n=name)}")
                state = Tensor(name, graph=True, tame=False)
                self.tensors.append(state)
            elif part_call:
                state = self.bind(part_call.format(x=state.name))
            if network.buffers and self.chance(70):
                state = self.bind(f"{state.name} {self.one_of(('*', '*', '+', '/'))} self.{network.buffers[0]}")
            if self.chance(45):
                state = self.op(state, saving=self.chance(70))
            if network.kept:
                self.emit(f"self.{network.kept} = {state.name}{self.one_of(('', '', '', '.detach()'))}")
                self.style("module:keeps")
            elif network.kept_list:
                self.emit(f"self.{network.kept_list}.append({state.name})")
                self.style("module:keeps")
            if self.chance(30):
                state = self.op(state, saving=self.chance(50))
            if self.chance(14):
                self.style("module:writes-result")
                self.write(state)
            if self.chance(26):
                self.state_written("self", network, inside=True)
            extra = self.recent([t for t in self.tensors if t.name.isidentifier()]).name
        result = state.name
        if self.chance(15):
            network.results, result = 2, f"{result}, {extra}"
        body.append(f"return {result}")
        return self.as_methods(argument, body)

    def start(self, argument: Tensor, weights: Sequence[Tensor]) -> Tensor:
        """The first step of forward: the input meets the parameters."""
        form = self.one_of(
            ("{x} * {w}", "{w} * {x}", "{x} + {w}", "torch.sigmoid({x} * {w})", "{x} * {w}.exp()", "{x} @ {w} * {w}")
        )
        if form.startswith("{x} @"):
            form = "{x} / {w}"
        text = form.format(x=argument.name, w=weights[0].name)
        if len(weights) > 1:
            text += f" {self.one_of(('+', '*'))} {weights[1].name}"
        return self.bind(text)

    def as_methods(self, argument: str, body: Sequence[str]) -> list[str]:
        """The body as forward, or as a method that forward calls."""
        if self.chance(75):
            return [f"def forward(self, {argument}):", *indented(body)]
        self.style("module:method")
        name = self.one_of(("encode", "compute", "run", "_forward", "features_of"))
        methods = [
            [f"def forward(self, {argument}):", f"    return self.{name}({argument})"],
            [f"def {name}(self, {argument}):", *indented(body)],
        ]
        if self.chance(50):
            methods.reverse()
        return [*methods[0], "", *methods[1]]

    def derived(self, base: str) -> str:
        """A class that inherits forward, or calls it."""
        name = self.class_name()
        lines = [f"class {name}({base}):"]
        if self.chance(35):
            self.style("module:inherits")
            self.define([*lines, '    """The same by another name."""'])
        else:
            self.style("module:super-forward")
            call = self.one_of(("return super().forward(*args)", "out = super().forward(*args)\n        return out"))
            self.define(
                [
                    *lines,
                    "    def forward(self, *args):",
                    *(f"        {line}".replace("        " * 2, "        ") for line in call.split("\n")),
                ]
            )
        return name

    # writes to its state

    def state_written(self, owner: str, network: Network, *, inside: bool = False) -> None:
        """A write to a parameter or a buffer."""
        self.style(f"module:state-write-{'inside' if inside else 'outside'}")
        if network.buffers and self.chance(45):
            self.buffer_written(f"{owner}.{network.buffers[0]}")
            return
        weight = f"{owner}.{self.one_of(network.weights)}"
        how = self.weighted({"unseen": 60, "seen": 40})
        if how == "unseen":
            line = self.one_of(_UNSEEN_STATE_WRITES).format(w=weight)
            self.controlled(lambda: self.act(line))
            return
        line = self.one_of(_SEEN_STATE_WRITES).format(w=weight)
        if line.startswith("nn.init") or self.chance(4):
            self.controlled(lambda: self.act(line))
        else:
            self.controlled(lambda: self.no_grad(lambda: self.act(line)))

    def buffer_written(self, buffer: str) -> None:
        line = self.one_of((*_UNSEEN_STATE_WRITES, *_SEEN_STATE_WRITES, *_SEEN_STATE_WRITES)).format(w=buffer)
        if self.chance(20):
            self.emit(f"{buffer} = {buffer} * 0.9 + 0.05")
            self.style("module:rebinds-state")
        else:
            self.controlled(lambda: self.act(line))

    def parameters_written(self, network: Network) -> None:
        """A loop over the module's parameters that writes to each."""
        self.style("module:parameter-loop")
        p = "p" if self.chance(70) else "param"
        header = self.one_of(
            (
                f"for {p} in {network.instance}.parameters():",
                f"for _, {p} in {network.instance}.named_parameters():",
            )
        )
        line = self.one_of(_PARAMETER_LOOPS).format(p=p)

        def loop() -> None:
            with self.block(header):
                self.emit(line)

        self.controlled(loop)

    # stories

    def modular(self) -> None:
        """A module: made, called, perhaps written to before, between or after its calls, differentiated."""
        network = self.network()
        if self.chance(10):
            self.state_written(network.instance, network)
        self.called(network)
        if self.chance(40):
            self.outside(network)
        if self.chance(35):
            self.style("module:twice")
            self.called(network)
            if self.chance(25):
                self.outside(network)

    def module_again(self) -> None:
        """A module that is there already is called once more, or is written to."""
        if not self.networks:
            self.modular()
            return
        network = self.one_of(self.networks)
        if self.chance(50):
            self.outside(network)
        self.style("module:twice")
        self.called(network)

    def called(self, network: Network) -> None:
        """A call of the module, and what becomes of the result."""
        argument = self.any_tensor().name if self.chance(75) else self.constant()
        call = f"{network.instance}({argument})"
        if network.results == 2:
            name, other = self.name("value"), self.name("value")
            if self.chance(70):
                self.emit(f"{name}, {other} = {call}")
            else:
                bundle = self.name("pair")
                self.emit(f"{bundle} = {call}")
                self.emit(f"{name}, {other} = {bundle}[0], {bundle}[1]")
            result = Tensor(name, graph=True, tame=False)
            self.tensors += [Tensor(other, graph=True, tame=False), result]
        elif self.chance(15):
            self.style("module:loop")
            result = Tensor(self.name("value"), graph=True, tame=False)
            self.emit(f"{result.name} = {argument}")
            with self.block(self.loop_header(1 + self.choose(3))):
                self.emit(f"{result.name} = {network.instance}({result.name})")
            self.tensors.append(result)
        else:
            result = self.bind(call)
        if self.chance(25):
            self.op(result, saving=self.chance(50))
        self.term(self.tensors[-1] if self.chance(50) else result)
        if self.chance(18):
            self.style("module:result-written")
            self.write(result)

    def outside(self, network: Network) -> None:
        """Something is done to the module from outside, now or once backward has run."""
        how = self.weighted({"state": 40, "loop": 22, "kept": 22, "freeze": 8, "mode": 4, "apply": 5, "state-dict": 5})
        if how == "kept" and (network.kept or network.kept_list):
            self.kept_used(network)
            return

        def build() -> None:
            match how:
                case "loop":
                    self.parameters_written(network)
                case "freeze":
                    self.style("module:frozen")
                    weight = f"{network.instance}.{network.weights[0]}"
                    text = self.one_of(
                        (
                            f"{network.instance}.requires_grad_(False)",
                            f"{weight}.requires_grad = False",
                            f"{weight}.requires_grad_(False)",
                        )
                    )
                    self.controlled(lambda: self.emit(text))
                case "apply":
                    self.applied(network)
                case "state-dict":
                    self.style("module:state-dict")
                    line = self.one_of(
                        ("entry.mul_(0.9)", "entry.data.add_(0.1)", "entry.copy_(entry * 0.5)", "print(name_)")
                    )
                    with self.block(f"for name_, entry in {network.instance}.state_dict().items():"):
                        self.emit(line)
                case "mode":
                    self.emit(f"{network.instance}.{self.one_of(('eval()', 'train()', 'zero_grad()'))}")
                case _:
                    self.state_written(network.instance, network)

        if self.chance(22):
            self.later.append(build)
        else:
            build()

    def applied(self, network: Network) -> None:
        """Every submodule that has a weight gets another one, by `apply` or by a loop over `modules()`."""
        self.style("module:apply")
        weight = network.weights[0]
        line = self.one_of(
            (
                "module.{w}.data.mul_(0.9)",
                "module.{w}.data.clamp_(0.3, 0.6)",
                "nn.init.constant_(module.{w}, 0.5)",
                "module.{w}.data = module.{w}.data * 0.5",
            )
        ).format(w=weight)
        condition = self.one_of((f'if hasattr(module, "{weight}"):', f"if isinstance(module, {network.class_name}):"))
        if self.chance(60):
            function = self.word("helper")
            self.define([f"def {function}(module):", *indented([condition, "    " + line])])
            self.emit(f"{network.instance}.apply({function})")
        else:
            with self.block(f"for module in {network.instance}.modules():"), self.block(condition):
                self.emit(line)

    def normalized(self) -> None:
        """A batch norm in evaluation, then in training: the second forward writes the running statistics."""
        self.style("module:batch-norm")
        norm = self.name("module")
        source = self.any_tensor().name
        batch = f"{source}.view(-1, 4)" if self.shape != "4" else f"torch.stack([{source}, {source} * 0.5])"
        inputs, first, second = self.name("value"), self.name("value"), self.name("value")
        self.emit(f"{norm} = nn.BatchNorm1d(4)")
        self.emit(f"{inputs} = {batch}")
        modes = self.one_of(
            (("eval", "train"), ("eval", "train"), ("eval", "eval"), ("train", "train"), ("train", "eval"))
        )
        for mode, result in zip(modes, (first, second), strict=True):
            self.emit(f"{norm}.{mode}()")
            self.emit(f"{result} = {norm}({inputs})")
            if self.chance(75):
                self.term(Tensor(f"{result}", flat=True))

    def kept_used(self, network: Network) -> None:
        """What forward kept in the module is written, or used again."""
        self.style("module:kept-used")
        kept = (
            f"{network.instance}.{network.kept}"
            if network.kept
            else f"{network.instance}.{network.kept_list}[{self.one_of(('0', '-1'))}]"
        )
        tensor = Tensor(kept, graph=True, tame=False)
        how = self.weighted({"written": 50, "used": 25, "cut": 12, "named": 13})
        match how:
            case "written":
                self.write(tensor)
            case "cut":
                self.controlled(lambda: self.act(f"{kept}.detach_()"))
            case "named":
                self.write(Tensor(self.route(kept), graph=True, tame=False))
        if how == "used" or self.chance(30):
            self.term(tensor)
