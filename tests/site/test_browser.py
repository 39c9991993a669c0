"""The site in a real browser: python -m pytest -m slow tests/site

With GRADSAFE_PICTURES=FOLDER it leaves pictures of some pages there, light and dark, wide and narrow.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.site.browser import Browser, browser, is_there
from website import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not is_there(), reason="no chromium with chromedriver on this machine"),
    pytest.mark.skipif(importlib.util.find_spec("mkdocs") is None, reason="the extra docs is not installed"),
    pytest.mark.xdist_group("browser"),
]

WIDE, PHONE = (1280, 900), (390, 844)
SHOWN = (
    "index",
    "start",
    "four-things",
    "who-trains-whom",
    "myths",
    "how-sure",
    "what-pytorch-saves",
    "rules/grd111",
    "rules/index",
)
#: What somebody pastes who has the error on the screen, and rules that explain it.
ERRORS = {
    "one of the variables needed for gradient computation has been modified by an inplace operation": {
        "GRD121",
        "GRD141",
    },
    "Trying to backward through the graph a second time": {"GRD152"},
    "element 0 of tensors does not require grad and does not have a grad_fn": {"GRD122", "GRD151"},
    "a leaf Variable that requires grad is being used in an in-place operation.": {"GRD142"},
    "you can only change requires_grad flags of leaf variables": {"GRD154"},
    "Can't detach views in-place. Use detach() instead.": {"GRD132"},
}


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the site, built anew."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, check=True)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def window() -> Iterator[Browser]:
    with browser() as made:
        yield made


def all_pages(site: str, window: Browser) -> list[str]:
    """Every page, as the search knows them."""
    window.open(f"{site}/index.html")
    script = "return fetch('search/search_index.json').then((answer) => answer.json())"
    pages = {each["location"].partition("#")[0] for each in window.run(script)["docs"]}
    return sorted(pages)


def test_pages_load_without_an_error(site: str, window: Browser) -> None:
    window.show(*WIDE)
    pages = all_pages(site, window)
    assert len(pages) > 80
    for page in pages:
        window.open(f"{site}/{page or 'index.html'}")
        assert window.run("return document.querySelector('h1').textContent"), page
        assert window.errors() == [], page


def test_nothing_is_fetched_from_elsewhere(site: str, window: Browser) -> None:
    for page in SHOWN:
        window.open(f"{site}/{page}.html")
        fetched = window.run("return performance.getEntriesByType('resource').map((each) => each.name)")
        assert [address for address in fetched if not address.startswith((site, "data:", "blob:"))] == [], page


@pytest.mark.parametrize("error", ERRORS)
def test_the_search_finds_a_rule_by_the_error_message(error: str, site: str, window: Browser) -> None:
    window.show(*WIDE)
    window.open(f"{site}/index.html")
    window.click("input.md-search__input")
    window.type("input.md-search__input", error)
    window.wait_for("return document.querySelector('.md-search-result__link')?.href.includes('/rules/errors.html')")
    window.open(f"{site}/rules/errors.html")
    rules = window.run(
        "const heading = [...document.querySelectorAll('h2')].find((each) => arguments[0].includes(each.firstChild.data));"
        "const table = heading.nextElementSibling;"
        "return [...table.querySelectorAll('a')].map((link) => link.textContent)",
        error,
    )
    assert set(rules) >= ERRORS[error]


def test_the_table_of_what_is_saved_filters(site: str, window: Browser) -> None:
    window.open(f"{site}/what-pytorch-saves.html")
    shown = (
        "return [...document.querySelectorAll('#saved-table tbody tr')]"
        ".filter((row) => !row.hidden).map((row) => row.cells[0].textContent)"
    )
    everything = window.run(shown)
    assert len(everything) > 500
    window.type("#saved-filter", "sigmoid")
    some = window.run(shown)
    assert "sigmoid" in some
    assert len(some) < 12
    assert all("sigmoid" in name for name in some)
    assert window.run("return document.getElementById('saved-count').textContent") == f"{len(some)} rows"
    window.open(f"{site}/what-pytorch-saves.html?q=SOFTMAX")
    assert {"softmax", "log_softmax"} <= set(window.run(shown))


@pytest.mark.parametrize(("dark", "scheme"), [(False, "default"), (True, "slate")])
def test_colours_are_those_of_the_system(dark: bool, scheme: str, site: str, window: Browser) -> None:
    window.show(*WIDE, dark=dark)
    window.open(f"{site}/four-things.html")
    window.run("localStorage.clear()")
    window.open(f"{site}/four-things.html")
    window.wait_for("return document.body.getAttribute('data-md-color-scheme') === arguments[0]", scheme)
    background, text, box = window.run(
        "const light = (css) => css.match(/[\\d.]+/g).slice(0, 3).reduce((sum, each) => sum + Number(each), 0) / 765;"
        "const style = (selector) => getComputedStyle(document.querySelector(selector));"
        "return [light(style('body').backgroundColor), light(style('.m-name').fill), light(style('.m-box').fill)]"
    )
    assert (background < 0.3) is dark
    assert abs(text - box) > 0.5, "the words of a picture are to be read on their boxes"


@pytest.mark.parametrize("page", SHOWN)
def test_a_phone_shows_a_page_in_its_width(page: str, site: str, window: Browser) -> None:
    window.show(*PHONE, mobile=True)
    window.open(f"{site}/{page}.html")
    width = window.run("return document.documentElement.scrollWidth")
    too_wide = (
        "return [...document.querySelectorAll('article *')]"
        ".filter((each) => each.getBoundingClientRect().right > innerWidth + 1)"
        ".slice(0, 3).map((each) => each.outerHTML.slice(0, 120))"
    )
    assert width <= PHONE[0], window.run(too_wide)


@pytest.mark.skipif("GRADSAFE_PICTURES" not in os.environ, reason="no folder for pictures")
def test_pictures_are_left_to_be_looked_at(site: str, window: Browser) -> None:
    folder = Path(os.environ["GRADSAFE_PICTURES"])
    folder.mkdir(parents=True, exist_ok=True)
    for page in SHOWN:
        for name, (width, height), dark in (
            ("light", (1280, 1800), False),
            ("dark", (1280, 1800), True),
            ("phone", (390, 1800), True),
        ):
            window.show(width, height, dark=dark, mobile=name == "phone")
            window.open(f"{site}/{page}.html")
            window.run("localStorage.clear()")
            window.open(f"{site}/{page}.html")
            window.picture(folder / f"{page.replace('/', '-')}-{name}.png")
