"""The addresses that users are sent to: each is what the one module says, and leads to something."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest

from flake8_gradsafe import __version__, links
from flake8_gradsafe.engine import check
from flake8_gradsafe.report import render
from flake8_gradsafe.report.outcome import Outcome, Style
from flake8_gradsafe.rules import RULES, pages
from flake8_gradsafe.source.document import Document
from flake8_gradsafe.source.file_finding import FileFinding
from tests.command.running import PROVEN
from website import FROM_THE_TOP, rule_pages

ROOT = Path(__file__).parent.parent
PUBLIC = "https://example.org/gradsafe"
PAGES = pages.files()
#: Pages that the site makes of other files.
MADE_FOR_THE_SITE = {*map(rule_pages.path_of, pages.rules()), *FROM_THE_TOP, "glossary.md"}


def rendered(form: str) -> str:
    """The report of one finding."""
    (finding,) = check(PROVEN)
    return render(form, Outcome((FileFinding(Document("train.py", PROVEN), finding, 5),)), Style())


def file_of(address: str) -> Path:
    """The file that an address leads to."""
    assert address.startswith("file:///")
    return Path(url2pathname(urlsplit(address).path))


@pytest.mark.parametrize("name", PAGES)
def test_the_installed_page_is_what_the_rule_says(name: str) -> None:
    assert (links.DOCS / name).read_text(encoding="utf-8") == PAGES[name]


def test_pages_are_written_and_those_of_rules_that_are_gone_are_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(links, "DOCS", tmp_path)
    (tmp_path / "grd100.md").write_text("# GRD100: a-rule-that-is-gone\n", encoding="utf-8")
    assert pages.main([]) == 1
    assert set(capsys.readouterr().out.split()) == {"grd100.md", *PAGES}
    assert pages.main(["--write"]) == 0
    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == PAGES
    assert pages.main([]) == 0


def test_no_page_is_left_of_a_rule_that_is_gone() -> None:
    assert {path.name for path in links.DOCS.iterdir()} == set(PAGES)


@pytest.mark.skipif(bool(links.ADDRESS), reason="the address is public")
def test_without_a_public_address_links_lead_to_the_installed_pages() -> None:
    assert file_of(links.home()) == links.DOCS / "README.md"
    for code in RULES:
        assert file_of(links.page(code)).read_text(encoding="utf-8").startswith(f"# {code}: ")


@pytest.mark.parametrize("address", ["", PUBLIC])
def test_reports_take_their_links_from_the_one_place(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "ADDRESS", address)
    (found,) = json.loads(rendered("json"))
    assert found["url"] == links.page("GRD111")
    driver = json.loads(rendered("sarif"))["runs"][0]["tool"]["driver"]
    assert driver["informationUri"] == links.home()
    assert {rule["id"]: rule["helpUri"] for rule in driver["rules"]} == {code: links.page(code) for code in RULES}


def test_a_public_page_is_the_file_of_this_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "ADDRESS", PUBLIC)
    base, _, path = links.page("GRD111").partition(f"/blob/v{__version__}/")
    assert base == PUBLIC
    assert (ROOT / path).samefile(links.DOCS / "grd111.md")


def test_the_package_names_the_address_if_there_is_one() -> None:
    tomllib = pytest.importorskip("tomllib")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    addresses = project.get("urls", {}).values()
    assert bool(addresses) == bool(links.ADDRESS)
    assert all(address.startswith(links.ADDRESS) for address in addresses)


def test_links_of_the_documents_lead_to_files() -> None:
    documents = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
    for document in [*documents, *(ROOT / "docs").glob("*.md"), *links.DOCS.glob("*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)", document.read_text(encoding="utf-8")):
            if links.ADDRESS and target.startswith(links.ADDRESS):
                target = re.sub(r".*/(blob|raw)/[^/]+/", f"{ROOT}/", target)
            if "://" not in target and not (document.parent.name == "docs" and target in MADE_FOR_THE_SITE):
                assert (document.parent / target).exists(), f"{document}: {target}"
