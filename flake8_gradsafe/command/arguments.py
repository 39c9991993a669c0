"""The options of the command line."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from flake8_gradsafe.command.hints import Parser
from flake8_gradsafe.report import FORMATS
from flake8_gradsafe.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

_ABOUT = """\
Reads PyTorch code and says, before it runs, where its gradients will be
silently wrong, silently lost, or refused with a RuntimeError."""

_EXITS = """\
exit codes:
  0  nothing found
  1  something found
  2  something could not be done: a file that cannot be read, an option or a
     configuration that cannot be used. The other files are still checked."""

_EXAMPLES = """\
examples:
  gradsafe check                         the working folder
  gradsafe check --select GRD1 src/      only what is proven: for a gate
  gradsafe check --extend-select GRD9    also every other .data write
  gradsafe check --diff                  what --fix would change
  gradsafe explain GRD111                why, and what to write instead

"""

_CHECK = """\
Checks files, and folders with all that lies in them. What git ignores, and what
flake8's `exclude` names, is left out, and so are virtual environments,
site-packages and node_modules. With `-` the program is read from the standard
input.

Options are also read from the table [tool.gradsafe] of pyproject.toml, and from
the section [flake8] of setup.cfg, tox.ini or .flake8, as flake8 reads them."""


_SCAN = """\
Scans more code than one machine holds, on a Dask cluster: one is started on this
machine unless --scheduler names another. Sources are tables of Parquet or JSON
lines with a file in each row, folders of checkouts, and git repositories, bare
ones at HEAD; they may lie on anything that fsspec opens (s3://, gs://, hf://).
The files of a repository are one project, and imports are followed within it.
No configuration file is read. Needs pip install 'flake8-gradsafe[scan]'."""

_SCAN_EXITS = """\
exit codes:
  0  nothing found
  1  something found
  2  the scan could not be done. A file that cannot be read or analysed is no
     error: it has a row in the output, with the reason."""


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Return the options of a command line. Ends the process if it cannot be understood."""
    if any(word.startswith("--add-noqa=") and not word.partition("=")[2].strip() for word in words):
        parser().error("argument --add-noqa: the reason after the = is empty")
    # argparse would take a path that follows for the reason.
    words = [f"{word}=" if word == "--add-noqa" else word for word in words]
    return _parse_check(words) if words[:1] == ["check"] else parser().parse_args(words)


def _parse_check(words: list[str]) -> argparse.Namespace:
    """The same for `check`, whose paths may stand between options: argparse takes those of one place alone."""
    end = words.index("--") if "--" in words else len(words)
    main = parser()
    given, left = main.parse_known_args(words[:end])
    unknown = [word for word in left if word.startswith("-") and word != "-"]
    if unknown:
        main.error(f"unrecognized arguments: {' '.join(unknown)}")
    given.paths = [*given.paths, *left, *words[end + 1 :]] or ["."]
    return given


def parser() -> Parser:
    """The whole command line."""
    main = Parser(
        prog="gradsafe",
        description=_ABOUT,
        epilog=_EXAMPLES + _EXITS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    main.add_argument("--version", action="version", version=f"gradsafe {__version__}")
    # Named here, or argparse would lay out its help to find the name.
    commands = main.add_subparsers(
        prog="gradsafe", dest="command", metavar="COMMAND", required=True, title="commands", parser_class=Parser
    )
    _add_check(commands)
    explain = commands.add_parser(
        "explain",
        help="a rule's page: what it does, why it is unsafe, what to write instead; without a rule, what the words mean",
        allow_abbrev=False,
    )
    explain.add_argument("rule", metavar="CODE|NAME", nargs="?", help="GRD111, or data-write-corrupts-gradient")
    explain.add_argument("--json-schema", action="store_true", help="print the schema of `check --format json` instead")
    _add_color(explain)
    rules = commands.add_parser("rules", help="all rules in a table", allow_abbrev=False)
    rules.add_argument("--format", choices=("text", "json"), default="text", help="the form (default: text)")
    why = commands.add_parser(
        "why",
        help="what is known at a line, and why it is reported or silent; what a loss or a step there trains",
        allow_abbrev=False,
    )
    why.add_argument("place", metavar="FILE:LINE[:COLUMN]", help="a place as findings have it, from 1")
    why.add_argument("--format", choices=("text", "json"), default="text", help="the form (default: text)")
    _add_project(why)
    _add_configuration(why)
    _add_running(commands)
    _add_scan(commands)
    server = commands.add_parser(
        "server", help="a language server, for editors, on the standard input and output", allow_abbrev=False
    )
    server.add_argument("--stdio", action="store_true", help="what some editors add: there is no other way")
    return main


def _add_running(commands: argparse._SubParsersAction[Parser]) -> None:
    """The commands that run the user's program, which nothing else does."""
    commands.add_parser(
        "run", help="run a program under the guard: which gradients were wrong or lost, and which lines did it"
    )
    prove = commands.add_parser(
        "prove", help="run a file, and say whether what is reported at a line of it really happens", allow_abbrev=False
    )
    prove.add_argument("place", metavar="FILE:LINE", help="a place as findings have it, from 1")
    prove.add_argument("arguments", nargs="*", metavar="ARGUMENTS", help="the program's own arguments, behind --")
    prove.add_argument(
        "--timeout", type=float, default=300.0, metavar="SECONDS", help="how long it may run (default: 300)"
    )
    _add_project(prove)
    _add_configuration(prove)


def _add_scan(commands: argparse._SubParsersAction[Parser]) -> None:
    scan = commands.add_parser(
        "scan",
        help="scan a lake of code on Dask: datasets in Parquet or JSON lines, folders of checkouts, git repositories",
        usage="gradsafe scan SOURCE [SOURCE ...] --to OUT.parquet [options]",
        description=_SCAN,
        epilog=_SCAN_EXITS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    scan.add_argument("sources", nargs="+", metavar="SOURCE", help="a table, a folder, a git repository, or a glob")
    scan.add_argument("--to", required=True, metavar="OUT.parquet", help="the folder of Parquet that is written")
    scan.add_argument("--resume", action="store_true", help="go on with a scan that was cut off there")
    cluster = scan.add_argument_group("where it runs")
    cluster.add_argument("--scheduler", metavar="ADDRESS", help="a Dask scheduler, as tcp://… (default: this machine)")
    cluster.add_argument("--workers", type=int, metavar="N", help="worker processes on this machine")
    columns = scan.add_argument_group("the columns of tables (default: those of public datasets)")
    columns.add_argument("--content-column", metavar="NAME", help="the source text")
    columns.add_argument("--path-column", metavar="NAME", help="the path in its repository")
    columns.add_argument("--repo-column", metavar="NAME", help="the repository, whose rows are one project")
    rules = scan.add_argument_group("which rules")
    rules.add_argument("--select", metavar="CODES", help="only these: codes or their beginnings, separated by commas")
    rules.add_argument("--extend-select", metavar="CODES", help="these as well; GRD9 is off unless it is named")
    rules.add_argument("--ignore", metavar="CODES", help="all but these")
    rules.add_argument("--extend-ignore", metavar="CODES", help="nor these")
    rules.add_argument("--disable-noqa", action="store_true", default=None, help="heed no `# noqa` comments")
    _add_project(rules)
    limits = scan.add_argument_group("limits")
    limits.add_argument(
        "--file-seconds", type=float, default=60.0, metavar="S", help="give a file up after so long (default: 60)"
    )
    limits.add_argument(
        "--file-memory", type=int, default=2_048, metavar="MIB", help="and with so much memory (default: 2048)"
    )
    scan.add_argument("-q", "--quiet", action="store_true", help="show no progress and no summary")
    scan.add_argument("--exit-zero", action="store_true", help="end with 0 also where something is found")


def _add_check(commands: argparse._SubParsersAction[Parser]) -> None:
    check = commands.add_parser(
        "check",
        help="check files and folders",
        usage="gradsafe check [options] [PATH ...]",
        description=_CHECK,
        epilog=_EXITS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    check.add_argument("paths", nargs="*", default=[], metavar="PATH", help="a file, a folder, or - (default: .)")
    _add_rules(check)
    _add_files(check)
    _add_output(check)
    _add_changes(check)
    _add_work(check)


def _add_rules(check: Parser) -> None:
    rules = check.add_argument_group("which rules")
    rules.add_argument("--select", metavar="CODES", help="only these: codes or their beginnings, separated by commas")
    rules.add_argument("--extend-select", metavar="CODES", help="these as well; GRD9 is off unless it is named")
    rules.add_argument("--ignore", metavar="CODES", help="all but these")
    rules.add_argument("--extend-ignore", metavar="CODES", help="nor these")
    rules.add_argument("--per-file-ignores", metavar="MAP", help="as `tests/*:GRD2 old.py:GRD`")
    rules.add_argument("--disable-noqa", action="store_true", default=None, help="heed no `# noqa` comments")
    rules.add_argument(
        "--report-unused-noqa", action="store_true", help="name the `# noqa: GRD…` comments that silence nothing"
    )
    rules.add_argument("--baseline", metavar="FILE", help="leave out the findings that this file knows")


def _add_files(check: Parser) -> None:
    files = check.add_argument_group("which files")
    files.add_argument("--exclude", metavar="PATTERNS", help="not these files and folders")
    files.add_argument("--extend-exclude", metavar="PATTERNS", help="nor these")
    files.add_argument(
        "--force-exclude",
        action="store_true",
        default=None,
        help="leave out what lies in an excluded folder even if it is named, as it is by pre-commit",
    )
    files.add_argument("--filename", metavar="PATTERNS", help="in folders, only these (default: *.py,*.pyi,*.ipynb)")
    files.add_argument(
        "--stdin-filename",
        "--stdin-display-name",
        metavar="NAME",
        default="stdin",
        help="what the standard input is called",
    )
    _add_project(files)
    _add_configuration(files)


def _add_project(group: argparse._ActionsContainer) -> None:
    group.add_argument(
        "--no-project", action="store_true", help="look at each file alone: follow no imports within its project"
    )


def _add_output(check: Parser) -> None:
    output = check.add_argument_group("what is printed")
    output.add_argument("--format", choices=FORMATS, default="text", help="the form (default: text)")
    output.add_argument("-o", "--output-file", metavar="FILE", help="write the report to this file, not to the output")
    _add_color(output)
    output.add_argument("-q", "--quiet", action="count", help="only the files' names; twice: nothing")
    output.add_argument("-v", "--verbose", action="store_true", help="name the known findings that are no longer found")
    output.add_argument("--statistics", action="store_true", default=None, help="how often each rule was found")
    output.add_argument("--exit-zero", action="store_true", help="end with 0 also where something is found")


def _add_changes(check: Parser) -> None:
    changes = check.add_argument_group("what is changed")
    changes.add_argument("--fix", action="store_true", help="apply the fixes that are safe")
    changes.add_argument("--fix-only", action="store_true", help="the same, and report nothing that is left")
    changes.add_argument("--show-fixes", action="store_true", help="with --fix: name the findings that were mended")
    changes.add_argument("--unsafe-fixes", action="store_true", help="with --fix or --diff: those that are not, too")
    changes.add_argument("--diff", action="store_true", help="print what --fix would change, and change nothing")
    changes.add_argument(
        "--add-noqa",
        metavar="REASON",
        help="silence what is found, each with a comment; the reason may be left out, and goes after a =",
    )
    changes.add_argument("--write-baseline", action="store_true", help="write what is found to the file of --baseline")


def _add_work(check: Parser) -> None:
    work = check.add_argument_group("how it works")
    work.add_argument("-j", "--jobs", metavar="N", help="processes that work at once (default: as many as processors)")
    work.add_argument("-w", "--watch", action="store_true", help="check again whenever a file changes")
    work.add_argument("--no-cache", action="store_true", help="neither use nor keep what was found earlier")
    work.add_argument("--cache-dir", metavar="FOLDER", help="where that is kept (default: .gradsafe_cache)")


def _add_configuration(group: argparse._ActionsContainer) -> None:
    group.add_argument("--config", metavar="FILE", help="read this configuration, not the nearest")
    group.add_argument("--isolated", action="store_true", help="read no configuration")


def _add_color(group: argparse._ActionsContainer) -> None:
    group.add_argument("--color", choices=("auto", "always", "never"), default="auto", help="(default: auto)")
