"""The archives that are linted, pinned to their bytes; and how they come here, with nothing of them run."""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.ecosystem.sources import CACHE as _ECOSYSTEM
from tests.ecosystem.sources import archive_of_package, unpack

#: Where archives and what they hold are kept once they are here.
CACHE = _ECOSYSTEM.with_name("peers")


@dataclass(frozen=True)
class Source:
    """An archive of one release. `name` is `name==version` as PyPI has it, or `name=version` as Debian has it.

    `digest` is the SHA-256 of the archive; `folders` are those that are linted, below the one that the archive holds.
    """

    name: str
    digest: str
    folders: tuple[str, ...] = (".",)

    def files(self, cache: Path = CACHE) -> Iterator[tuple[str, str, str]]:
        """The source's name, the path here and the path in the source of each Python file, downloaded where need be."""
        root = unpacked(self, cache)
        for folder in self.folders:
            for path in sorted((root / folder).rglob("*.py")):
                yield self.name, str(path), str(path.relative_to(root))


#: PyTorch as Debian 12 has it: PyPI's archives of PyTorch are built, and bring no tests.
PYTORCH = Source(
    "pytorch=1.13.1+dfsg-4",
    "d0355588b8528566d477e6ebf1b4d9d036a6fd75711339f66b27472ce5879dc7",
    ("test", "functorch", "torch", "benchmarks"),
)
_RELEASE = "bookworm"

#: Archives that bring their tests, or code that trains and is not among the packages of `tests.ecosystem`.
SOURCES = (
    PYTORCH,
    Source("accelerate==1.15.0", "5654f8c5eaa0d4fa68b33e287a97765da6849bf6d51dcac874e73fbbddfb6134"),
    Source("backpack-for-pytorch==1.7.1", "edfe332e4b06a69073a6d857c5fd08d286c020be4d411f5c50a729f26f62a30d"),
    Source("captum==0.9.0", "e4868e22b68224f1a5355d2b7966803c021cf9fe5d893f51f587b4002a666b54"),
    Source("curvlinops-for-pytorch==3.0.1", "916dd1f1a145d2fed062fcbbcc860561164bbe28b3e02174f8c7d78a006f54a7"),
    Source("deepspeed==0.19.8", "9e491abd0827ea5c389dd702e15e11e13d83d904bac4a20d6c2a4cb37207a9af"),
    Source("e3nn==0.6.0", "5c2b414e9527aad27d755ae9546596e3f7706f45a21dae71c7deedb6c048e4de"),
    Source("fairscale==0.4.13", "1b797825c427f5dba92253fd0d8daa574e8bd651a2423497775fab1b30cfb768"),
    Source("gpytorch==1.15.2", "380625e93f851b85f772b25c5fb0a6c6d2e3eb2ef667f1e566ab4f95b8775361"),
    Source("laplace-torch==0.3", "ba4315b9692b3065470e5e5a1e4a917edb8b40141e5eea4b6a4044ec79b087c7"),
    Source("linear-operator==0.6.1", "3fba49a8080d16f822a5d870f462279cd6afbcf4ed670f4511b38fad96f61831"),
    Source("memcnn==1.5.2", "5a090f58867fbe0463d81c7ef38868db80886c7d1abbc085676153d7887d824a"),
    Source("opacus==1.6.0", "20d77252c1e8528cd5826fbaba345cd39ed5c3edb841707eafb6403fe276140a"),
    Source("peft==0.21.2", "b803ccfb3f3f316004d850284306687833a2235ea278fb56abc856203456142e"),
    Source("pytorch-ignite==0.5.5", "2c14de75c939a3cc06d2e7de00b1e0a261917ef9bd874dac2e69d789dfa9cc64"),
    Source("skorch==1.4.0", "f7a5d3c13a3aecf0a0fe689ff25188be1145a95268f8fe81f01aaa9fbd7cead1"),
    Source("torch-optimizer==0.3.0", "b2180629df9d6cd7a2aeabe71fa4a872bba938e8e275965092568cd9931b924c"),
    Source("torchjd==0.18.0", "9fc85f73f811154fcd141b2a41e3487f68c25a777fecb3be8f4fb7bbd35da563"),
    Source("torchmetrics==1.9.0", "a488609948600df52d3db4fcdab02e62aab2a85ef34da67037dc3e65b8512faa"),
    Source("torchopt==0.7.3", "7b5f1628318a89891b14b7eecf26adde0e9c0590842a16a99fcaa09a91c59c56"),
    Source("torchsde==0.2.6", "81d074d3504f9d190f1694fb526395afbe4608ee43a88adb1262a639e5b4778b"),
    Source("xitorch==0.5.1", "79c5fb8a072f51125ee87aa8a1b60f8f2f6e8abc4723c000639dbc292c23c70b"),
)


def unpacked(source: Source, cache: Path) -> Path:
    """The folder that a source's archive holds, downloaded and unpacked where that was not done before.

    Raises ValueError if what has come is not the archive that was pinned, and LookupError if it is not to be had.
    """
    folder = cache / source.name
    if not folder.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as arriving:
            archive = _downloader(source)(source.name, Path(arriving))
            if (digest := hashlib.sha256(archive.read_bytes()).hexdigest()) != source.digest:
                raise ValueError(f"{source.name}: the archive's SHA-256 is {digest}, pinned is {source.digest}")
            unpack(archive, Path(arriving) / "unpacked")
            next((Path(arriving) / "unpacked").iterdir()).rename(folder)
    return folder


def _downloader(source: Source) -> Callable[[str, Path], Path]:
    return _from_pypi if "==" in source.name else _from_debian


def _from_pypi(package: str, folder: Path) -> Path:
    address = archive_of_package(package, source=True)
    archive = folder / "archive.tar.gz"
    urllib.request.urlretrieve(address, archive)
    return archive


def _from_debian(package: str, folder: Path) -> Path:
    """The archive of a package's sources, from the mirror that apt is configured to use; the state of apt stays as it is."""
    listed = folder / "sources.list"
    # The pinned digest tells whether the archive is the right one: no key is needed.
    listed.write_text(f"deb-src [trusted=yes] {_mirror()} {_RELEASE} main\n", encoding="utf-8")
    state, stored = folder / "lists", folder / "cache"
    for each in (state, stored):
        (each / "partial").mkdir(parents=True)
    options = {
        "Dir::Etc::SourceList": listed,
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::State::lists": state,
        "Dir::Cache": stored,
        "APT::Sandbox::User": "",
        "Debug::NoLocking": "true",
    }
    apt = ["apt-get", "-qq", *(f"-o{key}={value}" for key, value in options.items())]
    try:
        subprocess.run([*apt, "update"], cwd=folder, check=True)
        subprocess.run([*apt, "source", "--download-only", "--tar-only", package], cwd=folder, check=True)
    except (subprocess.CalledProcessError, FileNotFoundError) as error:
        raise LookupError(f"apt does not have the source of {package}: {error}") from error
    return next(folder.glob("*.orig.tar.*"))


def _mirror() -> str:
    """The address of Debian's packages that apt is configured to use. Raises LookupError where it has none of the release."""
    asked = ["apt-get", "indextargets", "--format", "$(RELEASE) $(COMPONENT) $(REPO_URI)", "Created-By: Packages"]
    for line in subprocess.run(asked, capture_output=True, text=True, check=True).stdout.splitlines():
        release, component, address = line.split(maxsplit=2)
        if (release, component) == (_RELEASE, "main"):
            return address
    raise LookupError(f"apt is not configured to use Debian's {_RELEASE}")
