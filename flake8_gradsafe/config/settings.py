"""The options of every face, read as data from configuration files: no plugin that they name is loaded.

Each option is taken from the command line, else from the file of `--config`. Without such a file it is taken from the nearest
pyproject.toml with a table [tool.gradsafe], else from the nearest of setup.cfg, tox.ini and .flake8 with a flake8 section.
"""

from __future__ import annotations

import argparse
import configparser
import logging
import os
import pathlib
import re
import textwrap
from functools import cached_property
from typing import TYPE_CHECKING

from flake8 import utils
from flake8.defaults import VALID_CODE_PREFIX
from flake8.exceptions import ExecutionError
from flake8.main.options import JobsArgument, register_default_options, stage1_arg_parser
from flake8.options import config
from flake8.options.aggregator import aggregate_options
from flake8.options.manager import OptionManager
from flake8.style_guide import StyleGuideManager

from flake8_gradsafe.config.codes import CODES
from flake8_gradsafe.config.lookup import BadSettings as BadSettings
from flake8_gradsafe.config.lookup import Layer, named, nearest
from flake8_gradsafe.config.own_options import add_own_options
from flake8_gradsafe.config.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import NoReturn

#: The patterns of names that a folder is searched for, where no `filename` says otherwise.
PATTERNS = ("*.py", "*.pyi", "*.ipynb")
_LOG = logging.getLogger("flake8_gradsafe")
_CODE_OPTIONS = ("select", "ignore", "extend-select", "extend-ignore")
_PATTERN_OPTIONS = ("exclude", "extend-exclude", "filename")
# Each of them is held against each file.
_MOST_PATTERNS = 2_000
_NUMBER = re.compile(r"[0-9]{1,9}")
#: Windows waits for no more processes.
_MOST_JOBS = 61


class Settings:
    """flake8's parsed options, and what follows from them for a file."""

    def __init__(self, options: argparse.Namespace, folder: str = os.curdir, warnings: tuple[str, ...] = ()) -> None:
        """Take flake8's parsed options, the folder that `per-file-ignores` start from, and warnings of what was passed over."""
        self.options = options
        self.warnings = warnings
        self._folder = folder
        self.exclude: tuple[str, ...] = (*options.exclude, *options.extend_exclude)
        self.patterns: tuple[str, ...] = tuple(options.filename)
        self._selections: dict[int, Selection] = {}

    def selection(self, filename: str) -> Selection:
        """Return the codes that are on in a file, its `per-file-ignores` heeded."""
        guide = self._guides.style_guide_for(filename)
        known = self._selections.get(id(guide))
        if known is None:
            known = self._selections[id(guide)] = Selection(guide.options)
        return known

    @property
    def chooses_any(self) -> bool:
        """True if any code of ours is on, in a file that `per-file-ignores` does not name."""
        return Selection(self.options).anything

    def excludes(self, path: str) -> bool:
        """True if `exclude` names a path."""
        return bool(
            utils.matches_filename(path, patterns=self.exclude, log_message="%(path)s %(whether)s", logger=_LOG)
        )

    def excludes_named(self, path: str) -> bool:
        """True if `exclude` names a path that the user names: with `force-exclude`, or a folder that it lies in."""
        return self.excludes(path) or (
            self.options.force_exclude and any(self.excludes(folder) for folder in _folders_around(path))
        )

    @cached_property
    def jobs(self) -> int:
        """The number of processes that may work at once."""
        jobs = self.options.jobs
        if jobs.is_auto:
            # The processors that this process may use, not those of the machine.
            count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        else:
            count = int(jobs.n_jobs)
        return max(1, min(count, _MOST_JOBS))

    @cached_property
    def _guides(self) -> StyleGuideManager:
        manager = StyleGuideManager(self.options, formatter=None)
        patterns = utils.parse_files_to_codes_mapping(self.options.per_file_ignores)
        # flake8 itself always starts from the working folder.
        for guide, (pattern, _) in zip(manager.style_guides[1:], patterns, strict=True):
            guide.filename = utils.normalize_path(pattern, self._folder)
        return manager


def load(
    given: Mapping[str, str | bool | int] = {},
    *,
    config_file: str | None = None,
    isolated: bool = False,
    start: str = os.curdir,
) -> Settings:
    """The settings for files below `start`. `given` are flake8's options, by name, as the command line has them.

    Raises BadSettings.
    """
    _check_given(given)
    layers, warnings = ([], []) if isolated else nearest(start) if config_file is None else (named(config_file), [])
    manager = _manager()
    options = aggregate_options(manager, configparser.RawConfigParser(), start, [])
    folder = start
    for layer in layers:
        options = _with_layer(options, manager, layer)
        warnings = [*warnings, *_unknown_codes(options, layer)]
        folder = layer.folder if layer.is_ours and layer.has("per-file-ignores") else folder
    for name, value in given.items():
        option = manager.config_options_dict[name]
        setattr(options, name.replace("-", "_"), option.normalize(value, start))
    if "per-file-ignores" in given:
        folder = start
        _check_map(options, "--per-file-ignores")
    if isinstance(options.jobs, str):
        options.jobs = _jobs("--jobs", options.jobs, 1)
    return Settings(options, folder, tuple(warnings))


def _folders_around(path: str) -> Iterator[str]:
    """The folders that a path lies in, but not those that the working folder lies in, too."""
    here = pathlib.Path.cwd()
    for folder in pathlib.Path(os.path.abspath(path)).parents:
        if here.is_relative_to(folder):
            return
        yield str(folder)


def _with_layer(options: argparse.Namespace, manager: OptionManager, layer: Layer) -> argparse.Namespace:
    """The options with those that a file has."""
    _check_codes(layer)
    if layer.has("jobs"):
        # flake8 takes 0 for 1.
        _jobs(layer.where("jobs"), layer.options.get("flake8", "jobs"), 0)
    try:
        for name, value in config.parse_config(manager, layer.options, layer.folder).items():
            setattr(options, name, value)
        options = manager.parse_args([], options)
    except (ValueError, configparser.Error, argparse.ArgumentError) as error:
        raise BadSettings(f"{layer.file}: {' '.join(str(error).split())}") from None
    for name in _PATTERN_OPTIONS:
        if len(getattr(options, name.replace("-", "_"))) > _MOST_PATTERNS:
            raise BadSettings(f"{layer.file}: {name}: more than {_MOST_PATTERNS} patterns")
    _check_map(options, layer.where("per-file-ignores"))
    return options


def _check_codes(layer: Layer) -> None:
    """Refuse a word that is no code before flake8 does, which shows a pattern of what it takes."""
    for name in _CODE_OPTIONS:
        for spelled in (name, name.replace("-", "_")):
            if layer.has(spelled):
                for code in utils.parse_comma_separated_list(layer.options.get("flake8", spelled)):
                    _check_code(layer.where(spelled), code)


def _check_code(where: str, code: str) -> None:
    if not VALID_CODE_PREFIX.match(code):
        expected = "expected letters and digits, as in GRD, GRD1 or GRD111"
        raise BadSettings(f"{where}: {code!r} is no code and no prefix of one; {expected}{_nearest_code(code)}")


def _check_map(options: argparse.Namespace, where: str) -> None:
    try:
        count = len(utils.parse_files_to_codes_mapping(options.per_file_ignores))
    except ExecutionError:
        given = " ".join(options.per_file_ignores.split())
        expected = "`pattern:CODES` with codes as GRD1 or GRD111, several of them separated by commas or spaces"
        raise BadSettings(f"{where}: expected {expected}; this is {textwrap.shorten(given, 80)!r}") from None
    if count > _MOST_PATTERNS:
        raise BadSettings(f"{where}: more than {_MOST_PATTERNS} patterns")


def _manager() -> OptionManager:
    """flake8's own options, without any plugin's."""
    manager = OptionManager(version="", plugin_versions="", parents=[stage1_arg_parser()], formatter_names=[])
    register_default_options(manager)
    manager.parser.set_defaults(filename=",".join(PATTERNS))
    manager.extend_default_select(["GRD"])
    manager.add_option("--force-exclude", action="store_true", parse_from_config=True)
    add_own_options(manager)
    manager.parser.error = _refuse
    return manager


def _refuse(message: str) -> NoReturn:
    """Raise an error for a value that argparse cannot take, where it would print its usage and end the process."""
    raise argparse.ArgumentError(None, message)


def _check_given(given: Mapping[str, object]) -> None:
    for name in _CODE_OPTIONS:
        for code in str(given.get(name, "")).replace(",", " ").split():
            _check_code(f"--{name}", code)
            if not (code.startswith("GRD") or "GRD".startswith(code)):
                _refuse_mistyped(name, code)
                continue
            if not _begins_a_code(code):
                raise BadSettings(f"--{name}: no rule's code begins with {code!r}{_nearest_code(code)}")


def _refuse_mistyped(option: str, code: str) -> None:
    """Refuse a code that is another's by its letters, but is hardly meant to be: it would choose nothing, and say nothing."""
    import difflib

    letters = code.rstrip("0123456789")
    if difflib.get_close_matches(letters, ["GRD"], 1):
        meant = f"GRD{code.removeprefix(letters)}"
        raise BadSettings(f"--{option}: {code!r} is no code of gradsafe{_nearest_code(meant)}")


def _unknown_codes(options: argparse.Namespace, layer: Layer) -> Iterator[str]:
    """Yield messages about codes in a file, whose options have just been taken, that look like ours and choose nothing."""
    for name in _CODE_OPTIONS:
        attribute = name.replace("-", "_")
        if layer.has(name) or layer.has(attribute):
            for code in getattr(options, attribute) or ():
                if code.startswith("GRD") and not _begins_a_code(code):
                    yield f"{layer.where(name)}: no rule's code begins with {code!r}{_nearest_code(code)}"


def _begins_a_code(word: str) -> bool:
    return any(code.startswith(word) for code in CODES)


def _nearest_code(word: str) -> str:
    """The code or the beginning of codes that was probably meant, as the end of an error."""
    import difflib

    known = {code[:length] for code in CODES for length in (4, 5, 6)}
    near = [word.upper()] if word.upper() in known else difflib.get_close_matches(word.upper(), sorted(known), 1, 0.8)
    return f"; did you mean {near[0]}?" if near else ""


def _jobs(where: str, value: str, least: int) -> JobsArgument:
    if value != "auto" and not (_NUMBER.fullmatch(value) and int(value) >= least):
        raise BadSettings(f"{where}: {value!r}: expected a number of processes ({least} or more) or auto")
    return JobsArgument(value)
