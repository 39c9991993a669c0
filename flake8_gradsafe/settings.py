"""The options of every face, read as data from flake8's configuration: no plugin that it names is loaded.

The command line goes before `--config`, and that before the nearest of setup.cfg, tox.ini and .flake8 with a flake8 section.
"""

from __future__ import annotations

import argparse
import configparser
import logging
import os
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

from flake8_gradsafe.codes import CODES
from flake8_gradsafe.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NoReturn

#: What a folder is searched for, where no `filename` says otherwise.
PATTERNS = ("*.py", "*.pyi", "*.ipynb")
_LOG = logging.getLogger("flake8_gradsafe")
_CODE_OPTIONS = ("select", "ignore", "extend-select", "extend-ignore")


class BadSettings(Exception):
    """An option or a configuration file that cannot be used: one line that names it."""


class Settings:
    """flake8's parsed options, and what follows from them for a file."""

    def __init__(self, options: argparse.Namespace, folder: str = os.curdir) -> None:
        """Take flake8's parsed options, and the folder that the patterns of `per-file-ignores` start from."""
        self.options = options
        self._folder = folder
        self.exclude: tuple[str, ...] = (*options.exclude, *options.extend_exclude)
        self.patterns: tuple[str, ...] = tuple(options.filename)
        self._selections: dict[int, Selection] = {}

    def selection(self, filename: str) -> Selection:
        """Which codes are on in a file, its `per-file-ignores` heeded."""
        guide = self._guides.style_guide_for(filename)
        known = self._selections.get(id(guide))
        if known is None:
            known = self._selections[id(guide)] = Selection(guide.options)
        return known

    def excludes(self, path: str) -> bool:
        """Whether `exclude` names a path."""
        return bool(
            utils.matches_filename(path, patterns=self.exclude, log_message="%(path)s %(whether)s", logger=_LOG)
        )

    @cached_property
    def jobs(self) -> int:
        """How many processes may work at once."""
        jobs = self.options.jobs
        if jobs.is_auto:
            # The processors that this process may use, not those of the machine.
            return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return max(1, int(jobs.n_jobs))

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
    if config_file is None and not isolated:
        config_file = _nearest(os.path.abspath(start))
    try:
        cfg, folder = config.load_config(config_file, [], isolated=isolated or config_file is None)
    except ExecutionError:
        raise BadSettings(f"{config_file}: no such configuration file") from None
    except (configparser.Error, UnicodeDecodeError) as error:
        raise BadSettings(f"{config_file}: {_one_line(error)}") from None
    manager = _manager()
    try:
        options = aggregate_options(manager, cfg, folder, [])
    except (ValueError, configparser.Error) as error:
        raise BadSettings(f"{config_file}: {_one_line(error)}") from None
    except argparse.ArgumentError as error:
        raise BadSettings(f"{config_file}: {_one_line(error)}") from None
    for name in _CODE_OPTIONS:
        for code in getattr(options, name.replace("-", "_")) or ():
            if not VALID_CODE_PREFIX.match(code):
                raise BadSettings(f"{config_file}: {name}: {code!r} is no code and no prefix of one")
    for name, value in given.items():
        option = manager.config_options_dict[name]
        setattr(options, name.replace("-", "_"), option.normalize(value, start))
    if isinstance(options.jobs, str):
        options.jobs = _jobs(options.jobs)
    settings = Settings(options, start)
    try:
        settings.selection("")
    except ExecutionError:
        where = "--per-file-ignores" if "per-file-ignores" in given else f"{config_file}: per-file-ignores"
        raise BadSettings(f"{where}: expected `pattern:CODES`, several of them separated by commas or spaces") from None
    return settings


def _manager() -> OptionManager:
    """flake8's own options, without any plugin's."""
    manager = OptionManager(version="", plugin_versions="", parents=[stage1_arg_parser()], formatter_names=[])
    register_default_options(manager)
    manager.parser.set_defaults(filename=",".join(PATTERNS))
    manager.extend_default_select(["GRD"])
    manager.parser.error = _refuse
    return manager


def _refuse(message: str) -> NoReturn:
    """What argparse does with a value that it cannot take, where it would print its usage and end the process."""
    raise argparse.ArgumentError(None, message)


def _nearest(start: str) -> str | None:
    """The configuration file that flake8 finds. One that it would pass over as unreadable is an error here, if it is ours."""
    folder = start
    while True:
        for name in ("setup.cfg", "tox.ini", ".flake8"):
            path = os.path.join(folder, name)
            if os.path.isfile(path):
                _refuse_if_broken(path)
        parent = os.path.dirname(folder)
        if parent == folder or any(os.path.exists(os.path.join(folder, mark)) for mark in (".git", ".hg")):
            break
        folder = parent
    found: str | None = config._find_config_file(start)
    return found


def _refuse_if_broken(path: str) -> None:
    try:
        with open(path, "rb") as file:
            ours = b"[flake8" in file.read()
        if ours:
            configparser.RawConfigParser().read(path, encoding="UTF-8")
    except OSError as error:
        raise BadSettings(f"{path}: {error.strerror}") from None
    except (configparser.Error, UnicodeDecodeError) as error:
        raise BadSettings(f"{path}: {_one_line(error)}") from None


def _check_given(given: Mapping[str, object]) -> None:
    for name in _CODE_OPTIONS:
        for code in str(given.get(name, "")).replace(",", " ").split():
            if not VALID_CODE_PREFIX.match(code):
                raise BadSettings(f"--{name}: {code!r} is no code and no prefix of one")
            if not (code.startswith("GRD") or "GRD".startswith(code)):
                continue
            if not any(known.startswith(code) for known in CODES):
                raise BadSettings(f"--{name}: no rule's code begins with {code!r}")


def _jobs(value: str) -> JobsArgument:
    try:
        return JobsArgument(value)
    except argparse.ArgumentTypeError as error:
        raise BadSettings(f"--jobs: {error}") from None


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
