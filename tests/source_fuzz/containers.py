"""Programs whose tensors go through lists, dicts, tuples and objects, and that loop over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tests.source_fuzz.generate import Tensor
from tests.source_fuzz.modules import ModuleAuthor

_KEYS: Sequence[str] = ("first", "main", "state", "left", "source")
_RECORDS: Sequence[str] = ("Batch", "Record", "Bundle", "Transition", "Sample", "Carry", "Frame")
_EACH: Sequence[str] = ("entry", "elem", "part", "piece")
_ITEM_WRITES: Sequence[str] = (
    "{t}.data.mul_(2.0)",
    "{t}.data.zero_()",
    "{t}.data.add_(0.3)",
    "{t}.data *= 0.5",
    "{t}.data[0] = 0.25",
    "{t}.data = {t}.data * 0.5",
    "{t}.detach().mul_(0.5)",
    "{t}.detach().numpy()[0] = 0.35",
    "{t}.mul_(1.5)",
    "{t}[0] = 0.45",
    "{t} *= 0.8",
    "nn.init.constant_({t}, 0.4)",
)
_MADE: Sequence[str] = (
    "torch.sigmoid({x} * {s})",
    "({x} * {s}).exp()",
    "torch.tanh({x} + {s})",
    "{x} * {s}",
    "{x} + {s}",
    "({x} - {s}) ** 2",
    "torch.sin({x}) * {s}",
)


class ContainerAuthor(ModuleAuthor):
    """Keeps tensors in containers."""

    _STORIES: Mapping[str, int] = {
        **ModuleAuthor._STORIES,
        "listed": 20,
        "grown": 14,
        "tabled": 12,
        "leaves_listed": 12,
        "stacked": 8,
    }

    _STORES: Mapping[str, int] = {
        "append": 5,
        "literal": 4,
        "extend": 2,
        "insert": 1,
        "pop": 3,
        "slice": 3,
        "copy": 2,
        "nested": 3,
        "dict": 4,
        "dict-get": 2,
        "dict-update": 2,
        "defaultdict": 1,
        "zip": 2,
        "enumerate": 2,
        "items": 3,
        "iter": 2,
        "comprehension": 3,
        "dataclass": 5,
        "namedtuple": 4,
        "typed-namedtuple": 2,
        "namespace": 2,
        "attribute": 4,
        "setattr": 2,
        "clones": 2,
    }

    def handle(self, victim: Tensor) -> tuple[str, str]:
        if self.chance(45):
            victim = replace(victim, name=self.stored(victim.name))
        return super().handle(victim)

    def route(self, x: str) -> str:
        return self.stored(x) if self.chance(75) else super().route(x)

    def stored(self, x: str) -> str:
        """Put it into a container or an object; an expression that reads it from there."""
        how = self.weighted(self._STORES)
        self.style(f"container:{how}")
        text = getattr(self, f"in_{how.replace('-', '_')}")(x, self.any_tensor().name)
        if text.isidentifier() or self.chance(50):
            return str(text)
        name = self.name("alias")
        self.emit(f"{name} = {text}")
        return name

    def in_append(self, x: str, other: str) -> str:
        items = self.name("pair")
        self.emit(f"{items} = []")
        if self.chance(40):
            self.emit(f"{items}.append({other})")
        self.act(f"{items}.append({x})")
        return f"{items}[-1]"

    def in_literal(self, x: str, other: str) -> str:
        items = self.name("pair")
        self.emit(f"{items} = [{other}, {x}]")
        return f"{items}[{self.one_of(('1', '-1'))}]"

    def in_extend(self, x: str, other: str) -> str:
        items = self.name("pair")
        self.emit(f"{items} = [{other}]")
        self.emit(self.one_of(("{i}.extend([{x}])", "{i} += [{x}]", "{i} = {i} + [{x}]")).format(i=items, x=x))
        return f"{items}[1]"

    def in_insert(self, x: str, other: str) -> str:
        items = self.name("pair")
        self.emit(f"{items} = [{other}]")
        self.emit(f"{items}.insert(0, {x})")
        return f"{items}[0]"

    def in_pop(self, x: str, other: str) -> str:
        items, name = self.name("pair"), self.name("alias")
        self.emit(f"{items} = [{x}, {other}]")
        self.emit(f"{name} = {items}.pop(0)")
        return name

    def in_slice(self, x: str, other: str) -> str:
        items = self.name("pair")
        self.emit(f"{items} = [{other}, {x}, {other}]")
        return self.one_of((f"{items}[1:][0]", f"{items}[:2][-1]", f"{items}[::-1][1]"))

    def in_copy(self, x: str, other: str) -> str:
        items, copy = self.name("pair"), self.name("pair")
        self.emit(f"{items} = [{x}, {other}]")
        self.emit(f"{copy} = {self.one_of(('list({i})', '{i}.copy()', 'tuple({i})', '[*{i}]')).format(i=items)}")
        return f"{copy}[0]"

    def in_nested(self, x: str, other: str) -> str:
        items = self.name("pair")
        if self.chance(50):
            self.emit(f'{items} = {{"inputs": [{other}], "outputs": ({other}, {x})}}')
            return f'{items}["outputs"][1]'
        name = self.name("alias")
        self.emit(f"{items} = ({other}, ({x}, 1.0))")
        self.emit(f"_, ({name}, _) = {items}")
        return name

    def in_dict(self, x: str, other: str) -> str:
        table, key = self.name("pair"), self.one_of(_KEYS)
        if self.chance(50):
            self.emit(f'{table} = {{"{key}": {x}, "rest": {other}}}')
        else:
            self.emit(f"{table} = {{}}")
            self.emit(f'{table}["{key}"] = {x}')
        return f'{table}["{key}"]'

    def in_dict_get(self, x: str, other: str) -> str:
        table, key = self.name("pair"), self.one_of(_KEYS)
        self.emit(f"{table} = dict({key}={x}, rest={other})")
        return self.one_of((f'{table}.get("{key}")', f"list({table}.values())[0]", f'{table}.pop("{key}")'))

    def in_dict_update(self, x: str, other: str) -> str:
        table, key = self.name("pair"), self.one_of(_KEYS)
        self.emit(f'{table} = {{"{key}": {other}}}')
        self.emit(f'{table}.update({{"{key}": {x}}})' if self.chance(60) else f'{table} = {{**{table}, "{key}": {x}}}')
        return f'{table}["{key}"]'

    def in_defaultdict(self, x: str, other: str) -> str:
        table, key = self.name("pair"), self.one_of(_KEYS)
        self.emit(f"{table} = defaultdict(list)")
        self.emit(f'{table}["{key}"].append({x})')
        return f'{table}["{key}"][0]'

    def in_zip(self, x: str, other: str) -> str:
        name, rest = self.name("alias"), self.name("alias")
        with self.block(f"for {name}, {rest} in zip([{x}], [{other}]):"):
            self.emit("pass")
        return name

    def in_enumerate(self, x: str, other: str) -> str:
        name, counter = self.name("alias"), self.name("counter")
        with self.block(f"for {counter}, {name} in enumerate([{other}, {x}]):"):
            self.emit(f"print({counter})")
        return name

    def in_items(self, x: str, other: str) -> str:
        name = self.name("alias")
        with self.block(f'for key_name, {name} in {{"rest": {other}, "main": {x}}}.items():'):
            self.emit("print(key_name)")
        return name

    def in_iter(self, x: str, other: str) -> str:
        items = self.name("pair")
        self.emit(f"{items} = [{x}, {other}]")
        return self.one_of((f"next(iter({items}))", f"list(reversed({items}))[1]"))

    def in_comprehension(self, x: str, other: str) -> str:
        items = self.name("pair")
        form = self.one_of(
            (
                "[each for each in ({x}, {o})]",
                "[each for each in [{x}, None, {o}] if each is not None]",
                "{{number: each for number, each in enumerate([{x}, {o}])}}",
                "[pair[0] for pair in [({x}, 1), ({o}, 2)]]",
            )
        )
        self.emit(f"{items} = {form.format(x=x, o=other)}")
        return f"{items}[0]"

    def record(self) -> str:
        free = [name for name in _RECORDS if name not in self.words]
        name = self.one_of(free) if free else f"{self.one_of(_RECORDS)}{len(self.words)}"
        self.words.add(name)
        return str(name)

    def in_dataclass(self, x: str, other: str) -> str:
        record, bundle = self.record(), self.name("pair")
        self.define(["@dataclass", f"class {record}:", "    value: torch.Tensor", "    rest: torch.Tensor = None"])
        arguments = self.one_of((f"{x}", f"{x}, {other}", f"value={x}, rest={other}"))
        self.emit(f"{bundle} = {record}({arguments})")
        return f"{bundle}.value"

    def in_namedtuple(self, x: str, other: str) -> str:
        record, bundle = self.record(), self.name("pair")
        self.define([f'{record} = namedtuple("{record}", ["value", "rest"])'])
        self.emit(f"{bundle} = {record}({self.one_of((f'{x}, {other}', f'rest={other}, value={x}'))})")
        return self.one_of((f"{bundle}.value", f"{bundle}[0]"))

    def in_typed_namedtuple(self, x: str, other: str) -> str:
        record, bundle = self.record(), self.name("pair")
        self.define([f"class {record}(NamedTuple):", "    value: torch.Tensor", "    rest: torch.Tensor"])
        self.emit(f"{bundle} = {record}({x}, {other})")
        return f"{bundle}.value"

    def in_namespace(self, x: str, other: str) -> str:
        bundle = self.name("pair")
        self.emit(f"{bundle} = SimpleNamespace(value={x}, rest={other})")
        return f"{bundle}.value"

    def in_attribute(self, x: str, other: str) -> str:
        name, instance = self.word("class"), self.instance()
        self.define([f"class {name}:", "    value = None"])
        self.emit(f"{instance} = {name}()")
        self.emit(f"{instance}.value = {x}")
        return f"{instance}.value"

    def in_setattr(self, x: str, other: str) -> str:
        instance = self.instance()
        self.emit(f"{instance} = SimpleNamespace()")
        self.emit(f'setattr({instance}, "value", {x})')
        return f'getattr({instance}, "value")' if self.chance(60) else f"{instance}.value"

    def in_clones(self, x: str, other: str) -> str:
        items = self.name("pair")
        copied = self.one_of(("each.clone()", "each.detach().clone()", "each + 0.0"))
        self.emit(f"{items} = [{copied} for each in ({x}, {other})]")
        return f"{items}[0]"

    def each(self) -> str:
        """A name for the items of a loop."""
        name = str(self.one_of(_EACH))
        self.used.add(name)
        return name

    # stories

    def summed(self, items: str, tensors: str = "") -> None:
        """A loss of all the items of a list."""
        self.style("container:reduced")
        loss = self.name("loss")
        tensors = tensors or items
        form = self.one_of(
            (
                "sum(each.sum() for each in {t})",
                "sum([each.mean() for each in {t}])",
                "torch.stack(list({t})).sum()",
                "torch.cat(list({t})).mean()",
                "sum({t}).sum()",
                "torch.stack([each.pow(2).sum() for each in {t}]).mean()",
                "loop",
            )
        )
        if form == "loop":
            self.emit(f"{loss} = 0.0")
            with self.block(f"for each in {tensors}:"):
                self.emit(self.one_of((f"{loss} = {loss} + each.sum()", f"{loss} += (each ** 2).sum()")))
        else:
            self.emit(f"{loss} = {self.valued(form.format(t=tensors))}")
        self.terms.append(loss)

    def items_written(self, items: str, count: int) -> None:
        """Writes to one item or to all of them, in a loop of one kind or another."""
        line = self.one_of(_ITEM_WRITES)
        each = self.each()
        tracked = not any(word in line for word in ("data", "detach", "init"))
        guarded = tracked and self.chance(60)
        how = self.weighted({"index": 6, "loop": 6, "enumerate": 3, "zip": 3, "range": 2, "slice": 2, "rebind": 3})
        if " *= " in line and how in ("index", "range"):
            line = "{t}.data.mul_(0.7)"
            guarded = False

        def write() -> None:
            match how:
                case "index":
                    self.act(line.format(t=f"{items}[{self.one_of(('0', '-1', '1')[: 1 + min(count, 2)])}]"))
                case "loop" | "slice":
                    with self.block(f"for {each} in {items}{'[1:]' if how == 'slice' else ''}:"):
                        self.act(line.format(t=each)) if self.chance(50) else self.emit(line.format(t=each))
                case "enumerate":
                    with self.block(f"for index_, {each} in enumerate({items}):"), self.block("if index_ == 0:"):
                        self.emit(line.format(t=each))
                case "zip":
                    with self.block(f"for {each}, factor in zip({items}, (0.5, 2.0, 3.0)):"):
                        self.emit(
                            self.one_of(
                                (
                                    f"{each}.data.mul_(factor)",
                                    f"{each}.data.add_(factor)",
                                    f"{each}.detach().mul_(factor)",
                                )
                            )
                        )
                case "range":
                    with self.block(f"for index_ in range(len({items})):"):
                        self.emit(line.format(t=f"{items}[index_]"))
                case _:
                    self.emit(
                        f"{items}[0] = {items}[0] {self.one_of(('* 2.0', '+ 1.0', '.detach()')).replace(' .', '.')}"
                    )

        text = f"container:write-{how}"
        self.style(text)
        self.controlled(lambda: self.no_grad(write) if guarded else write())

    def listed(self) -> None:
        """A list of computed tensors, written to, reduced, perhaps used once more."""
        tensor, items = self.any_tensor(), self.name("pair")
        self.style("container:list")
        form, count = self.one_of(_MADE), 2 + self.choose(2)
        scales = ", ".join(("0.5", "1.5", "0.8")[:count])
        if self.chance(50):
            self.emit(f"{items} = [{form.format(x=tensor.name, s='factor')} for factor in ({scales})]")
        elif self.chance(50):
            texts = [self.valued(self.expression(self.any_tensor())[1]) for _ in range(count)]
            self.emit(f"{items} = [{', '.join(texts)}]")
        else:
            self.emit(f"{items} = []")
            self.used.add("factor")
            with self.block(f"for factor in ({scales}):"):
                value = self.name("value")
                self.emit(f"{value} = {self.valued(form.format(x=tensor.name, s='factor'))}")
                self.act(f"{items}.append({value})")
        self.list_used(items, count)

    def grown(self) -> None:
        """A list that grows by what is computed from its last item."""
        leaf, items = self.recent([t for t in self.tensors if t.leaf]), self.name("pair")
        start, rounds = self.any_tensor(), 1 + self.choose(3)
        self.style("container:grown")
        self.emit(f"{items} = [{start.name}]")
        text = self.one_of(
            ("torch.tanh({h} * {w})", "torch.sigmoid({h} + {w})", "{h} * {w}", "{h} + {w}", "({h} * 0.5).exp() * {w}")
        )
        with self.block(self.loop_header(rounds)):
            self.emit(f"{items}.append({self.valued(text.format(h=f'{items}[-1]', w=leaf.name))})")
            if self.chance(18):
                self.items_written(items, 1)
        self.list_used(items, rounds)

    def list_used(self, items: str, count: int) -> None:
        early = self.chance(60)
        if early:
            self.summed(items)
        if self.chance(70):
            self.items_written(items, count)
        if not early or self.chance(15):
            self.summed(items)
        if self.chance(25):
            result = self.bind(f"{items}[{self.one_of(('0', '-1'))}]")
            self.term(self.op(result, saving=self.chance(60)))
            if self.chance(40):
                self.write(result)

    def tabled(self) -> None:
        """A dict of computed tensors, written to by key or in a loop over its items."""
        table, each = self.name("pair"), self.each()
        keys = ("left", "right", "rest")[: 2 + self.choose(2)]
        texts = [self.valued(self.expression(self.any_tensor())[1]) for _ in keys]
        self.style("container:table")
        if self.chance(60):
            entries = [f'"{key}": {text}' for key, text in zip(keys, texts, strict=True)]
            self.emit(f"{table} = {{{', '.join(entries)}}}")
        else:
            self.emit(f"{table} = {{}}")
            for key, text in zip(keys, texts, strict=True):
                self.emit(f'{table}["{key}"] = {text}')
        early = self.chance(65)
        if early:
            self.summed(table, f"{table}.values()")
        line = self.one_of(_ITEM_WRITES)
        tracked = not any(word in line for word in ("data", "detach", "init"))
        guarded = tracked and self.chance(60)
        how = self.weighted({"key": 4, "values": 3, "items": 3, "keys": 1, "none": 3})

        def write() -> None:
            match how:
                case "key":
                    self.act(line.format(t=f'{table}["{keys[0]}"]'))
                case "values":
                    with self.block(f"for {each} in {table}.values():"):
                        self.act(line.format(t=each))
                case "items":
                    with self.block(f"for name_, {each} in {table}.items():"), self.block('if name_ != "right":'):
                        self.emit(line.format(t=each))
                case "keys":
                    with self.block(f"for name_ in {table}:"):
                        self.emit(line.format(t=f"{table}[name_]"))

        if how != "none":
            self.style(f"container:table-{how}")
            self.controlled(lambda: self.no_grad(write) if guarded else write())
        if not early:
            self.summed(table, f"{table}.values()")

    def leaves_listed(self) -> None:
        """A list of the leaves, and something done to each of them between forward and backward, or later."""
        leaves = [t for t in self.tensors if t.leaf]
        if len(leaves) < 2:
            leaves.append(self.leaf())
        items, each = self.name("pair"), self.one_of(("p", "param", "w_"))
        self.style("container:leaves")
        self.emit(f"{items} = [{', '.join(leaf.name for leaf in leaves)}]")
        tensor = self.op(self.recent(leaves))
        self.term(tensor)
        line = self.one_of(
            (
                "{p}.data.clamp_(0.1, 0.5)",
                "{p}.data.mul_(0.9)",
                "{p}.mul_(0.9)",
                "{p}.add_(0.05)",
                "{p}.requires_grad_(False)",
                "{p}.requires_grad = False",
                "{p}.grad = None",
                "{p}.data = {p}.data * 0.5",
                "{p}.detach_()",
            )
        ).format(p=each)

        def loop() -> None:
            with self.block(f"for {each} in {items}:"):
                self.emit(line)

        guarded = line.endswith((".mul_(0.9)", ".add_(0.05)")) and "data" not in line and self.chance(75)
        build = (lambda: self.no_grad(loop)) if guarded else loop
        if "requires_grad" in line or "detach_" in line or self.chance(45):
            self.later.append(build)
        else:
            self.controlled(build)

    def stacked(self) -> None:
        """Tensors joined to one: a copy, whose rows are views of it."""
        self.style("container:stacked")
        first, second = self.op(self.any_tensor()), self.op(self.any_tensor(), saving=self.chance(50))
        if first.name == second.name:
            return
        name = self.name("value")
        how = self.one_of(("torch.stack([{a}, {b}])", "torch.cat([{a}, {b}])", "torch.stack(({a}, {b}), dim=0)"))
        self.emit(f"{name} = {how.format(a=first.name, b=second.name)}")
        joined = Tensor(name, graph=True, tame=False)
        loss = self.name("loss")
        self.emit(
            f"{loss} = {self.one_of(('({x} ** 2).sum()', '{x}.sum()', 'torch.sigmoid({x}).sum()')).format(x=name)}"
        )
        self.terms.append(loss)
        target = self.weighted({"joined": 5, "row": 4, "source": 3})
        if target == "joined":
            self.write(joined)
        elif target == "row":
            row = self.name("alias")
            self.emit(
                f"{row} = {self.one_of((f'{name}[0]', f'{name}.unbind(0)[0]', f'{name}.data[0]', f'{name}.detach()[0]'))}"
            )
            line = self.one_of(("{t}.mul_(2.0)", "{t}.zero_()", "{t}.data.add_(1.0)")).format(t=row)
            guarded = self.chance(50)
            self.controlled(lambda: self.no_grad(lambda: self.act(line)) if guarded else self.act(line))
        else:
            self.write(first)
