"""What is said of NumPy's functions is what NumPy does with the memory that they are given."""

import numpy as np
import pytest

from flake8_gradsafe.knowledge.arrays import OPERANDS, OTHER_VIEWS, SPLITS, VIEWS, WRITERS

MORE = {"reshape": ((2, 8),), "swapaxes": (0, 1), "expand_dims": (0,), "moveaxis": (0, 1), "rollaxis": (1,)}
WRITTEN = {
    "copyto": (0.0,),
    "put": ([0], 9.0),
    "place": (np.full((4, 4), True), [9.0]),
    "putmask": (np.full((4, 4), True), 9.0),
    "fill_diagonal": (9.0,),
    "put_along_axis": (np.zeros((4, 1), dtype=int), 9.0, 1),
}


def _given() -> np.ndarray:
    return np.arange(16, dtype=np.float32).reshape(4, 4) + 2


@pytest.mark.parametrize("name", sorted({*VIEWS, *OTHER_VIEWS}))
def test_views(name: str) -> None:
    given = _given()
    view = getattr(np, name)(given, *MORE.get(name, ()))
    assert np.shares_memory(view, given)


@pytest.mark.parametrize("name", sorted(SPLITS))
def test_lists_of_views(name: str) -> None:
    given = _given()[None] if name == "dsplit" else _given()
    assert all(np.shares_memory(each, given) for each in getattr(np, name)(given, 2))


@pytest.mark.filterwarnings("ignore:Passing more than 2")
@pytest.mark.parametrize("name", sorted(OPERANDS))
def test_a_place_for_the_result(name: str) -> None:
    given = _given()
    others = {"clip": (0.0, 3.0)}.get(name, (3.0,) * (OPERANDS[name] - 1))
    before = given.copy()
    result = getattr(np, name)(given, *others, given)
    assert result is given
    unchanged = {"abs", "absolute", "rint", "floor", "ceil", "maximum", "fmax"}
    assert name in unchanged or not np.array_equal(before, given)


@pytest.mark.parametrize("path", sorted(WRITERS))
def test_writers(path: str) -> None:
    given = _given()
    np.random.default_rng(0)
    if path == "numpy.random.shuffle":
        np.random.shuffle(given)
    else:
        name = path.rpartition(".")[2]
        getattr(np, name)(given, *WRITTEN[name])
    assert not np.array_equal(given, _given())
