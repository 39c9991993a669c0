"""The packages that are linted, pinned; and how their sources come to this machine, without being installed."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
import tarfile
import urllib.parse
import urllib.request
import zipfile
from pathlib import Path

#: Models, reinforcement learning, probabilistic code, attacks, speech, graphs, spikes, optimisers, meta-learning, trainers.
PACKAGES = (
    "advertorch==0.2.3",
    "allennlp==2.10.1",
    "botorch==0.18.1",
    "foolbox==3.3.4",
    "gpytorch==1.15.2",
    "higher==0.2.1",
    "kornia==0.9.0",
    "learn2learn==0.2.0",
    "pyro-ppl==1.9.2",
    "pytorch-lightning==2.6.6",
    "pytorch-metric-learning==2.9.0",
    "pytorch-pretrained-bert==0.6.2",
    "speechbrain==1.1.2",
    "spikingjelly==2.0.0",
    "stable-baselines3==2.9.2",
    "tianshou==2.0.1",
    "timm==1.0.31",
    "torch-geometric==2.8.1",
    "torchattacks==3.5.1",
    "torchdiffeq==0.2.5",
    "torchmeta==1.8.0",
    "transformers==4.30.2",
)


def unpacked(package: str, cache: Path) -> Path:
    """The folder with a package's sources, downloaded and unpacked where that was not done before.

    Nothing of the package is run: an archive is fetched as it is. Raises LookupError if the registry does not have it.
    """
    folder = cache / package
    if not folder.exists():
        address = _archive(package)
        archive = cache / address.rpartition("/")[2].partition("#")[0]
        cache.mkdir(parents=True, exist_ok=True)
        urllib.request.urlretrieve(address, archive)
        _unpack(archive, folder)
    return folder


def _archive(package: str) -> str:
    """The address of a release's wheel, or of its source archive where it has none."""
    name, _, version = package.partition("==")
    page = f"{_index().rstrip('/')}/{name}/"
    with urllib.request.urlopen(page) as answer:
        links = re.findall(r'href="([^"]+)"', answer.read().decode())
    spelled = re.escape(name).replace(r"\-", "[-_.]")
    for pattern in (rf"{spelled}-{re.escape(version)}-[^/]*none-any\.whl", rf"{spelled}-{re.escape(version)}\.tar\.gz"):
        for link in links:
            if re.search(rf"/{pattern}(#|$)", link, re.IGNORECASE):
                return urllib.parse.urljoin(page, html.unescape(link))
    raise LookupError(f"{page} has no archive of {package}")


def _index() -> str:
    """The registry that pip is configured to use."""
    command = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
    configured = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    return os.environ.get("PIP_INDEX_URL") or configured or "https://pypi.org/simple"


def _unpack(archive: Path, folder: Path) -> None:
    if archive.suffix in {".whl", ".zip"}:
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(folder)
    else:
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")
