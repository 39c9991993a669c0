"""The guard for tests: `pytest --gradsafe` runs each test under it, and the marker `gradsafe` one test.

Torch is imported when the first test is run so, not before.
"""

from collections.abc import Iterator

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option, and the setting of the same name."""
    group = parser.getgroup("gradsafe")
    told = "run each test under the guard: a gradient that is wrong or lost fails it"
    group.addoption("--gradsafe", action="store_true", help=told)
    parser.addini("gradsafe", f"true: {told}", type="bool", default=False)


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line(
        "markers", "gradsafe: run the test under the guard, which fails it where a gradient is wrong or lost"
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Run a test, under the guard where that is asked for."""
    wanted = item.config.getoption("gradsafe") or item.config.getini("gradsafe") or item.get_closest_marker("gradsafe")
    if not wanted:
        return (yield)
    from flake8_gradsafe.runtime.auditing.guard import Guard

    with Guard("raise"):
        return (yield)
