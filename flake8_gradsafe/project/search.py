"""Which file of a project an import means, as Python would find it from files alone."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property

from flake8_gradsafe.project.root import package_parent, project_root
from flake8_gradsafe.source.files import is_inside

#: Libraries whose own names are never looked up in a project, which may be that library's.
_NEVER_OURS = frozenset({"torch", "torchvision", "torchaudio", "numpy", "scipy", "builtins", "typing", "__future__"})


@dataclass(frozen=True, slots=True)
class Location:
    """Where a module stands: its file, None for a namespace package, the folder of a package, and the search path's folder."""

    name: str
    file: str | None
    folder: str | None
    base: str


class ImportSearch:
    """The search for modules from one file on: in the file's own folder as a script's, and where the project keeps packages."""

    def __init__(self, path: str, root: str | None = None) -> None:
        """Take the path of the file whose imports are looked up, and the project's folder where it is known."""
        self.path = os.path.abspath(path)
        self.root = project_root(path) if root is None else os.path.realpath(root)
        #: What was looked up: absolute names, paths without an ending, packages with a slash behind; and the file that each
        #: meant, empty if there was none.
        self.looked_up: dict[str, str] = {}
        #: What was found, but lies outside of the project once links are followed.
        self.outside: dict[str, None] = {}
        self._found: dict[str, Location | None] = {}
        self._relative: dict[tuple[str, int, str], Location | None] = {}
        self._inside: dict[tuple[str, str], Location | None] = {}
        self._ours: dict[str, bool] = {}

    @cached_property
    def folders(self) -> tuple[str, ...]:
        """The folders that absolute imports are looked up in, in order."""
        here = os.path.realpath(os.path.dirname(self.path))
        candidates = (here, package_parent(here), self.root, os.path.join(self.root, "src"))
        return tuple(dict.fromkeys(folder for folder in candidates if self._is_ours(folder)))

    def _is_ours(self, path: str) -> bool:
        if path not in self._ours:
            self._ours[path] = is_inside(os.path.realpath(path), self.root)
        return self._ours[path]

    def absolute(self, name: str) -> Location | None:
        """The module that an absolute import names; None where it is none of the project's."""
        if name not in self._found:
            self._found[name] = self._absolute(name)
            self.looked_up[name] = _file_of(self._found[name])
        return self._found[name]

    def _absolute(self, name: str) -> Location | None:
        first, *rest = name.split(".")
        if first in _NEVER_OURS or not first:
            return None
        spaces: list[Location] = []
        for base in self.folders:
            found = self._in_folder(base, first, first, base)
            if found is not None and found.file is not None:
                return self._below(found, rest)
            if found is not None:
                spaces.append(found)
        return next((inner for space in spaces if (inner := self._below(space, rest)) is not None), None)

    def _below(self, found: Location, rest: list[str]) -> Location | None:
        current: Location | None = found
        for part in rest:
            current = None if current is None else self.inside(current, part)
        return current

    def inside(self, package: Location, name: str) -> Location | None:
        """A module of a package."""
        if package.folder is None:
            return None
        key = (package.folder, name)
        if key not in self._inside:
            found = self._in_folder(package.folder, name, f"{package.name}.{name}", package.base)
            self._inside[key] = found
            self.looked_up[os.path.join(package.folder, name)] = _file_of(found)
        return self._inside[key]

    def file_now(self, key: str) -> str:
        """The file that something means which was looked up, as it is now; empty if there is none."""
        if not os.path.isabs(key):
            return _file_of(self.absolute(key))
        folder, name = os.path.split(key)
        if not name:
            init = os.path.join(folder, "__init__.py")
            return init if self._is_file(init) else ""
        return _file_of(self._in_folder(folder, name, name, folder))

    def relative(self, location: Location, level: int, name: str) -> Location | None:
        """The module that `from ..name import x` names in a module, `level` being the number of dots."""
        folder = os.path.dirname(location.file or "")
        key = (folder, level, name)
        if key not in self._relative:
            self._relative[key] = self._from_folder(folder, level, name, location.base)
        return self._relative[key]

    def _from_folder(self, folder: str, level: int, name: str, base: str) -> Location | None:
        for _ in range(level - 1):
            folder = os.path.dirname(folder)
        if not self._is_ours(folder):
            return None
        dotted = os.path.relpath(folder, base).replace(os.sep, ".")
        init = os.path.join(folder, "__init__.py")
        package = Location(dotted, init if self._is_file(init) else None, folder, base)
        self.looked_up[os.path.join(folder, "")] = _file_of(package)
        return self._below(package, [part for part in name.split(".") if part])

    def _in_folder(self, folder: str, name: str, dotted: str, base: str) -> Location | None:
        package = os.path.join(folder, name)
        init = os.path.join(package, "__init__.py")
        if self._is_file(init):
            return Location(dotted, init, package, base)
        module = f"{package}.py"
        if self._is_file(module):
            return Location(dotted, module, None, base)
        if os.path.isdir(package) and self._is_ours(package):
            return Location(dotted, None, package, base)
        return None

    def _is_file(self, path: str) -> bool:
        if not os.path.isfile(path):
            return False
        if not self._is_ours(path):
            self.outside[path] = None
            return False
        return True


def _file_of(found: Location | None) -> str:
    return "" if found is None else found.file or ""
