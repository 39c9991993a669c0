"""Stand-ins for the libraries that scripts import beside torch: data sets of noise, an environment, plots of nothing."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset


class Anything:
    """Can be called, subscripted, entered and asked for any attribute; gives itself."""

    def __call__(self, *_: object, **__: object) -> Any:
        return self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __getitem__(self, _: object) -> Any:
        return self

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class Images(Dataset[tuple[torch.Tensor, int]]):
    """Noise with labels. A driver sets the shape that its script expects."""

    shape = (1, 28, 28)
    length = 40

    def __init__(self, *_: object, **__: object) -> None:
        self.train_labels = self.targets = [number % 10 for number in range(self.length)]

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, number: int) -> tuple[torch.Tensor, int]:
        if number >= self.length:
            raise IndexError(number)
        noise = torch.Generator().manual_seed(number)
        return torch.rand(self.shape, generator=noise), number % 10


class Pole:
    """An environment with the state of a cart and its pole, whose episodes end after seven steps."""

    spec = SimpleNamespace(reward_threshold=1e9)

    def __init__(self) -> None:
        self._noise = np.random.default_rng(0)
        self._steps = 0

    def reset(self, **_: object) -> tuple[Any, dict[str, object]]:
        self._steps = 0
        return self._noise.normal(size=4).astype(np.float32), {}

    def step(self, _: object) -> tuple[Any, float, bool, bool, dict[str, object]]:
        self._steps += 1
        return self._noise.normal(size=4).astype(np.float32), float(self._steps % 3), self._steps == 7, False, {}


class _Progress:
    def __init__(self, rounds: Any, *_: object, **__: object) -> None:
        self._rounds = rounds

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rounds)

    def __getattr__(self, _: str) -> Any:
        return Anything()


class _Stub(ModuleType):
    def __init__(self, name: str, **contents: object) -> None:
        super().__init__(name)
        self.__dict__.update(contents)
        self.__path__ = []
        self.__spec__ = ModuleSpec(name, None)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything()


class _AllImages(_Stub):
    def __getattr__(self, name: str) -> Any:
        return super().__getattr__(name) if name.startswith("__") else Images


def stubs() -> dict[str, ModuleType]:
    """Modules by the names that they are imported under."""
    datasets = _AllImages("torchvision.datasets")
    transforms, utils = _Stub("torchvision.transforms"), _Stub("torchvision.utils")
    plots = _Stub("matplotlib.pyplot")
    gym = _Stub("gymnasium", make=lambda *_, **__: Pole())
    made: list[ModuleType] = [
        _Stub("torchvision", datasets=datasets, transforms=transforms, utils=utils),
        datasets,
        transforms,
        utils,
        _Stub("matplotlib", pyplot=plots),
        plots,
        gym,
        _Stub("tqdm", tqdm=_Progress),
        *map(_Stub, "scipy scipy.sparse scipy.linalg tensorboardX visdom h5py cv2 PIL apex lmdb".split()),
    ]
    return {module.__name__: module for module in made}
