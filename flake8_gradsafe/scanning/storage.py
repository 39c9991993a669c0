"""Files on anything that fsspec opens, and the folder of a scan, in which a file is whole or not there."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import fsspec
from fsspec.implementations.local import LocalFileSystem

from flake8_gradsafe.scanning.errors import BadScan


def filesystem_of(url: str) -> tuple[Any, str]:
    """The file system of an address, and the path there. Raises BadScan."""
    try:
        filesystem, path = fsspec.core.url_to_fs(url)
    except (ImportError, ValueError, OSError) as error:
        raise BadScan(f"{url}: {one_line(error)}") from None
    return filesystem, str(path)


def address(filesystem: Any, path: str) -> str:
    """The address of a path of a file system; of a local one, the path itself."""
    return path if is_local(filesystem) else str(filesystem.unstrip_protocol(path))


def is_local(filesystem: Any) -> bool:
    """True if a file system is this machine's."""
    return isinstance(filesystem, LocalFileSystem)


def one_line(error: BaseException) -> str:
    """What an error says, in one line."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower().replace("directory", "folder")
    return " ".join(str(error).split()) or type(error).__name__


def store_at(target: str) -> Store:
    """The folder that a scan writes, by an address that workers elsewhere understand, too."""
    filesystem, path = filesystem_of(target)
    return Store(address(filesystem, path.rstrip("/")))


@dataclass(frozen=True, slots=True)
class Store:
    """The folder that a scan writes. Its names are relative paths. What it is doing lies in `_work`."""

    url: str

    def has(self, name: str = "") -> bool:
        """True if there is a file or a folder of this name."""
        filesystem, root = filesystem_of(self.url)
        filesystem.invalidate_cache()
        return bool(filesystem.exists(f"{root}/{name}" if name else root))

    def names(self, folder: str = "") -> list[str]:
        """The names of the files in a folder, sorted."""
        filesystem, root = filesystem_of(self.url)
        filesystem.invalidate_cache()
        place = f"{root}/{folder}" if folder else root
        if not filesystem.isdir(place):
            return []
        found = filesystem.ls(place, detail=True)
        return sorted(each["name"].rstrip("/").rpartition("/")[2] for each in found if each["type"] == "file")

    def read(self, name: str) -> bytes:
        """The bytes of a file."""
        filesystem, root = filesystem_of(self.url)
        return bytes(filesystem.cat_file(f"{root}/{name}"))

    def write(self, name: str, data: bytes) -> None:
        """Write a file: under a name that nobody reads, until it is whole."""
        filesystem, root = filesystem_of(self.url)
        unfinished, path = f"{root}/_work/unfinished/{uuid4().hex}", f"{root}/{name}"
        for each in (unfinished, path):
            filesystem.makedirs(each.rpartition("/")[0], exist_ok=True)
        filesystem.pipe_file(unfinished, data)
        if is_local(filesystem):
            os.replace(unfinished, path)
        else:
            filesystem.mv(unfinished, path)

    def read_json(self, name: str) -> Any:
        """What a file of JSON holds."""
        return json.loads(self.read(name))

    def write_json(self, name: str, value: object) -> None:
        """Write a file of JSON."""
        self.write(name, json.dumps(value, indent=1, sort_keys=True).encode())

    def remove(self, folder: str) -> None:
        """Remove a folder with all that lies in it."""
        filesystem, root = filesystem_of(self.url)
        if filesystem.exists(f"{root}/{folder}"):
            filesystem.rm(f"{root}/{folder}", recursive=True)

    def opened(self, name: str) -> Any:
        """A file, opened to be read."""
        filesystem, root = filesystem_of(self.url)
        return filesystem.open(f"{root}/{name}", "rb")
