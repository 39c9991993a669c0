"""Programs that differ from given ones in a few nodes: for what must hold of any program, not of those that somebody wrote.

`python -m tests.perturbing ROUNDS [SEED]` perturbs every fixture so often, and prints the programs of which the default codes
alone find something else than all codes do, and those that fall.
"""

from __future__ import annotations

import ast
import copy
import random
import sys
import warnings
from collections.abc import Callable, Iterator
from itertools import islice
from multiprocessing import Pool
from pathlib import Path

from flake8_gradsafe.config.codes import ADVISORY, CODES
from flake8_gradsafe.engine import check
from flake8_gradsafe.runtime.harness import fixture_paths

_FIXTURES = Path(__file__).parent.parent / "fixtures"
_DEFAULT = frozenset(code for code in CODES if not code.startswith(ADVISORY))

#: How many nodes of a program are changed at most.
_MOST = 3


def perturbed(source: str, seed: str) -> Iterator[str]:
    """Make endlessly many programs near to one, all of them valid for CPython; the same for the same seed."""
    chance = random.Random(seed)
    original = ast.parse(source)
    while True:
        tree = copy.deepcopy(original)
        for _ in range(chance.randint(1, _MOST)):
            chance.choice(_CHANGES)(tree, chance)
        try:
            text = ast.unparse(ast.fix_missing_locations(tree))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                compile(text, "perturbed", "exec")
        except (SyntaxError, ValueError, TypeError, AttributeError):
            continue
        yield text + "\n"


def _places(tree: ast.AST, kind: type[ast.AST]) -> list[tuple[ast.AST, str, int | None, ast.AST]]:
    """Where nodes of a kind stand: their parent, its field, the place in that where it is a list, and the node."""
    found: list[tuple[ast.AST, str, int | None, ast.AST]] = []
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            listed = list(enumerate(value)) if isinstance(value, list) else [(None, value)]
            found += [(parent, name, place, each) for place, each in listed if isinstance(each, kind)]
    return found


def _put(parent: ast.AST, name: str, place: int | None, node: ast.AST) -> None:
    if place is None:
        setattr(parent, name, node)
    else:
        getattr(parent, name)[place] = node


def _swap_expressions(tree: ast.AST, chance: random.Random) -> None:
    """An expression takes the place of another that is read."""
    read = [each for each in _places(tree, ast.expr) if isinstance(getattr(each[3], "ctx", ast.Load()), ast.Load)]
    if len(read) > 1:
        (parent, name, place, _), (*_, other) = chance.sample(read, 2)
        _put(parent, name, place, copy.deepcopy(other))


def _rename(tree: ast.AST, chance: random.Random) -> None:
    """A name stands for another of the program's."""
    names = [each for each in ast.walk(tree) if isinstance(each, ast.Name)]
    if names:
        chance.choice(names).id = chance.choice(names).id


def _blocks(tree: ast.AST) -> list[list[ast.stmt]]:
    """The blocks of more than one statement."""
    blocks = [getattr(each, field, None) for each in ast.walk(tree) for field in ("body", "orelse")]
    return [block for block in blocks if isinstance(block, list) and len(block) > 1]


def _drop_statement(tree: ast.AST, chance: random.Random) -> None:
    if blocks := _blocks(tree):
        block = chance.choice(blocks)
        del block[chance.randrange(len(block))]


def _move_statement(tree: ast.AST, chance: random.Random) -> None:
    if blocks := _blocks(tree):
        block = chance.choice(blocks)
        block.insert(chance.randrange(len(block)), block.pop(chance.randrange(len(block))))


def _change_constant(tree: ast.AST, chance: random.Random) -> None:
    constants = [each for each in ast.walk(tree) if isinstance(each, ast.Constant) and not isinstance(each.value, str)]
    if constants:
        chance.choice(constants).value = chance.choice([0, 1, 2, -1, 0.5, True, False, None])


def _change_method(tree: ast.AST, chance: random.Random) -> None:
    """A method or an attribute is another one that the program mentions, or one that matters to a graph."""
    attributes = [each for each in ast.walk(tree) if isinstance(each, ast.Attribute)]
    if attributes:
        chance.choice(attributes).attr = chance.choice([*(each.attr for each in attributes), *_TELLING])


def _wrap(tree: ast.AST, chance: random.Random) -> None:
    """A statement stands under a condition, in a loop, in a grad mode, or in a function that is called at once."""
    places = [each for each in _places(tree, ast.stmt) if isinstance(each[3], (ast.Expr, ast.Assign, ast.AugAssign))]
    if places:
        parent, name, place, statement = chance.choice(places)
        (around,) = ast.parse(chance.choice(_AROUND)).body
        holder = around
        while not isinstance(getattr(holder, "body", [None])[0], ast.Pass):
            holder = holder.body[0]  # type: ignore[attr-defined]
        holder.body = [statement]  # type: ignore[attr-defined]
        _put(parent, name, place, around)


_TELLING = "data detach detach_ clone mul_ zero_ exp sigmoid sum backward requires_grad_ grad chunk unbind add_".split()
_AROUND = [
    "if torch.is_grad_enabled():\n    pass",
    "if flag:\n    pass",
    "for _ in range(2):\n    pass",
    "with torch.no_grad():\n    pass",
    "with torch.inference_mode():\n    pass",
    "try:\n    pass\nexcept ValueError:\n    raise",
]
_CHANGES: list[Callable[[ast.AST, random.Random], None]] = [
    _swap_expressions,
    _swap_expressions,
    _rename,
    _rename,
    _drop_statement,
    _move_statement,
    _change_constant,
    _change_method,
    _change_method,
    _wrap,
]


def seed_of(path: Path, seed: int) -> str:
    """Return the seed of a fixture, which does not depend on the other fixtures."""
    return f"{path.relative_to(_FIXTURES).as_posix()} {seed}"


def _differing(task: tuple[Path, int, int]) -> tuple[int, list[str]]:
    """How many programs were made of a fixture, and those that are found in two ways."""
    path, rounds, seed = task
    programs = list(islice(perturbed(path.read_text(encoding="utf-8"), seed_of(path, seed)), rounds))
    return len(programs), [f"{path.name}: {told}\n{text}" for text in programs if (told := _difference(text))]


def _difference(text: str) -> str:
    try:
        whole = [finding for finding in check(text) if finding.code in _DEFAULT]
        alone = check(text, wanted=_DEFAULT)
    except Exception as error:  # noqa: BLE001
        return f"{type(error).__name__}: {error}"
    if whole == alone:
        return ""
    return (
        f"all codes {[(each.line, each.code) for each in whole]}, default {[(each.line, each.code) for each in alone]}"
    )


def main(rounds: int, seed: int = 0) -> int:
    """Print what differs; 1 if anything does."""
    tasks = [(path, rounds, seed) for path in fixture_paths(_FIXTURES)]
    with Pool() as pool:
        results = list(pool.imap_unordered(_differing, tasks, chunksize=8))
    told = [each for _, differing in results for each in differing]
    print("\n".join(told), f"{sum(count for count, _ in results)} programs, {len(told)} differ", sep="\n")
    return int(bool(told))


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
