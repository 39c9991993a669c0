"""Begin a rule: its file, a program that goes wrong and one that is right, and its rows in README.md and CHANGELOG.md.

python -m flake8_gradsafe.rules.new GRD158 gradient-of-nothing

What it writes says TODO wherever something is to be filled in. docs/adding-a-rule.md has the steps.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from flake8_gradsafe.config.codes import CODES
from flake8_gradsafe.rules import pages

if TYPE_CHECKING:
    from collections.abc import Sequence

_CODE = re.compile(r"GRD[129]\d\d")
_NAME = re.compile(r"[a-z]+_?(-[a-z]+_?)+")
_ROW = re.compile(r"^\| (GRD\d{3}) \|.*\n", re.MULTILINE)

_RULE = '''\
"""TODO: one sentence about what it reports.

## What it does
TODO

## Why it is unsafe
TODO

## Example
```python
import torch

a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
out = a.sigmoid()
out.sum().backward()
```

## Use instead
```python
import torch

a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
out = a.sigmoid()
out.sum().backward()
```

## Fix safety
TODO: No fix is applied automatically.

## Limits
TODO

## References
- fixtures/{folder}
"""

from __future__ import annotations

from flake8_gradsafe.interpreter.events import {event}
{imports}from flake8_gradsafe.rules.rule import Diagnosis, rule


@rule("{name}", on={event}{claims})
def check(event: {event}) -> Diagnosis | None:
    """TODO: say what it reports."""
    return None
'''

_WRONG = '''\
"""TODO: what goes wrong here."""

# claim: wrong-gradient a
import torch

a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
out = a.sigmoid()
out.data.zero_()  # todo-expect: {code}
out.sum().backward()
'''

_SAFE = '''\
"""TODO: what looks like it here, and is right."""

# claim: correct
import torch

a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
out = a.sigmoid()
out.sum().backward()
'''


class BadRuleError(ValueError):
    """A rule that cannot be begun, and why."""


def begun(code: str, name: str, event: str, root: Path) -> dict[Path, str]:
    """The files of a new rule, those that change among them, with their content. Raises BadRuleError where it cannot be."""
    _check(code, name, root)
    folder = code.lower()
    claims = "" if code.startswith("GRD9") else ", claims=Harm.WRONG_GRADIENT"
    imports = "from flake8_gradsafe.rules.harm import Harm\n" if claims else ""
    readme, changelog = root / "README.md", root / "CHANGELOG.md"
    return {
        root / "flake8_gradsafe" / "rules" / f"{folder}.py": _RULE.format(
            folder=folder, name=name, event=event, claims=claims, imports=imports
        ),
        root / "fixtures" / folder / "wrong" / "todo.py": _WRONG.format(code=code),
        root / "fixtures" / folder / "safe" / "todo.py": _SAFE,
        readme: _with_row(readme.read_text(encoding="utf-8"), code, name),
        changelog: _with_line(changelog.read_text(encoding="utf-8"), code),
    }


def _check(code: str, name: str, root: Path) -> None:
    if not _CODE.fullmatch(code):
        raise BadRuleError(f"{code}: a code is GRD with three digits, the first of them 1, 2 or 9")
    if not re.search(rf"^\| {code[4]} \|(?!.*\|\s*\|$)", pages.glossary(), re.MULTILINE):
        raise BadRuleError(f"{code}: its second digit names no mechanism of the glossary")
    if code in CODES or (root / "fixtures" / code.lower()).exists():
        raise BadRuleError(f"{code} is there already")
    if not _NAME.fullmatch(name):
        raise BadRuleError(f"{name}: a name is two words or more in small letters, with hyphens between them")
    if pages.find(name) is not None:
        raise BadRuleError(f"{name} is the name of another rule")


def _with_row(readme: str, code: str, name: str) -> str:
    """The table of the rules with a row for this one, in the order of the codes."""
    rows = list(_ROW.finditer(readme))
    behind = [row for row in rows if row[1] < code] or rows[:1]
    place = behind[-1].end()
    return f"{readme[:place]}| {code} | {name} | TODO |\n{readme[place:]}"


def _with_line(changelog: str, code: str) -> str:
    """The changes of the newest version with a line about this rule."""
    head, *versions = re.split(r"(?m)^(?=## )", changelog)
    newest = f"{versions[0].rstrip()}\n- {code}: TODO\n"
    return (
        head
        + newest
        + "".join(f"\n{version}" if number == 0 else version for number, version in enumerate(versions[1:]))
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files, and print their names."""
    parser = argparse.ArgumentParser(
        prog="python -m flake8_gradsafe.rules.new", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("code", help="such as GRD158")
    parser.add_argument("name", help="such as gradient-of-nothing")
    parser.add_argument(
        "--on", default="Raised", metavar="EVENT", help="a class of interpreter/events.py (default: Raised)"
    )
    parser.add_argument(
        "--root", type=Path, default=Path(__file__).parents[2], help="the clone (default: that of this package)"
    )
    given = parser.parse_args(arguments)
    try:
        files = begun(given.code, given.name, given.on, given.root)
    except BadRuleError as error:
        print(error, file=sys.stderr)
        return 2
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(given.root).as_posix())
    return 0


if __name__ == "__main__":
    sys.exit(main())
