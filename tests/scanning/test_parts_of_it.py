"""The parts of a scan, each alone: layouts, rows, projects, groups and shares, the store."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from flake8_gradsafe.scanning.errors import BadScan
from flake8_gradsafe.scanning.gather import OUTLINE
from flake8_gradsafe.scanning.layouts import Columns, columns_of
from flake8_gradsafe.scanning.plan import Elected, Group, groups_of, split, unsplit
from flake8_gradsafe.scanning.projects import Owner, Project, projects_in
from flake8_gradsafe.scanning.protocol import Job
from flake8_gradsafe.scanning.rows import is_python, placed, row_of
from flake8_gradsafe.scanning.shares import Share, keep, left, shares_of
from flake8_gradsafe.scanning.shares import split as split_share
from flake8_gradsafe.scanning.storage import Store, store_at


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (
            "hexsha size ext lang max_stars_repo_path max_stars_repo_name content",
            Columns("content", "max_stars_repo_path", "max_stars_repo_name", "lang"),
        ),
        ("blob_id path repo_name src_encoding content", Columns("content", "path", "repo_name", None, "src_encoding")),
        ("code repo_name path language license size", Columns("code", "path", "repo_name", "language")),
        (
            "max_stars_repo_path max_stars_repo_name id content",
            Columns("content", "max_stars_repo_path", "max_stars_repo_name"),
        ),
        ("content repository_name path lang", Columns("content", "path", "repository_name", "lang")),
        ("text", Columns("text")),
    ],
)
def test_public_layouts_are_known(names: str, found: Columns) -> None:
    assert columns_of(names.split(), Columns(), "lake") == found


@pytest.mark.parametrize(
    ("names", "given", "said"),
    [
        ("func_name whole_func_string", Columns(), "its rows are functions, not files"),
        ("blob_id path repo_name", Columns(), "joined with its contents first"),
        ("a b", Columns(), "--content-column names it, of a, b"),
        ("content b", Columns(repository="r"), "there is no column 'r' for --repo-column; there are content, b"),
    ],
)
def test_layouts_that_cannot_be_scanned(names: str, given: Columns, said: str) -> None:
    with pytest.raises(BadScan, match=said):
        columns_of(names.split(), given, "lake")


def test_a_column_that_is_named_goes_before_those_that_are_known() -> None:
    assert columns_of(["content", "body"], Columns("body"), "lake") == Columns("body")


@pytest.mark.parametrize(
    ("path", "language", "expected"),
    [
        ("a/b.py", None, True),
        ("a/b.PY", "HTML", True),
        ("setup", "Python", True),
        ("a.ipynb", "Jupyter Notebook", True),
        ("a.c", "C", False),
        ("a.c", None, False),
        (None, None, True),
        (None, "Go", False),
    ],
)
def test_what_is_python(path: str | None, language: str | None, expected: bool) -> None:
    assert is_python(path, language) is expected


@pytest.mark.parametrize(
    "path", ["/etc/a.py", "../a.py", "a/../../b.py", "a", "", "a\nb.py", "x" * 300 + ".py", "C:\\..\\a.py"]
)
def test_paths_that_lead_elsewhere_have_another_place(path: str) -> None:
    place = placed(path, set())
    assert place.startswith("unplaced_")
    assert place.endswith(".py")


def test_usual_paths_stay() -> None:
    assert placed("a/b.py", set()) == "a/b.py"
    assert placed("./a\\b.py", set()) == "a/b.py"
    assert placed("a.py", {"a.py"}) != "a.py"


def test_texts_are_what_a_file_would_hold() -> None:
    declared = row_of("r", "a.py", "# coding: latin-1\n# é\n", None, None)
    assert declared is not None
    assert declared.content == b"# coding: latin-1\n# \xe9\n"
    half = row_of("r", "a.py", "x = '\ud800'\n", None, None)
    assert half is not None
    assert half.problem == "character 6 of its text is half of one, which no file can hold"


def bucket(*rows: tuple[str | None, str, str]) -> pa.Table:
    values = [
        {
            "repository": repository,
            "path": path,
            "sha256": content,
            "size": 5,
            "matters": True,
            "mark": False,
            "problem": "",
        }
        for repository, path, content in rows
    ]
    return pa.Table.from_pylist(values).select(OUTLINE)


def test_projects_of_equal_files_are_equal() -> None:
    table = bucket(("a", "x.py", "1"), ("b", "y.py", "2"), ("a", "y.py", "2"), ("b", "x.py", "1"), ("c", "x.py", "1"))
    first, second, third = (project for project, _ in projects_in(table))
    assert (first.name, first.files, first.size) == ("a", 2, 10)
    assert first.digest == second.digest != third.digest
    assert third.owner == Owner("c", "x.py")


def test_single_files_of_one_name_are_equal_wherever_they_lie() -> None:
    table = bucket(
        (None, "a/x.py", "1"), (None, "b/x.py", "1"), (None, "b/y.py", "1"), (None, "site-packages/x.py", "1")
    )
    digests = [project.digest for project, _ in projects_in(table)]
    assert len(digests) == 4
    assert len(set(digests)) == 3


def test_a_second_version_of_a_path_is_a_project_of_its_own() -> None:
    found = list(projects_in(bucket(("a", "x.py", "1"), ("a", "x.py", "2"), ("a", "x.py", "2"), ("a", "y.py", "3"))))
    assert [(project.owner, numbers) for project, numbers in found] == [
        (Owner("a", None), [0, 3]),
        (Owner("a", "x.py"), [1]),
    ]


def project(name: str, size: int = 1, files: int = 1, digest: str = "") -> Project:
    return Project(name, digest or name, Owner(name, None), size, files)


def test_each_different_project_is_in_one_group() -> None:
    groups = groups_of(
        {0: [project("a"), project("b", digest="a")], 1: [project("c", 2**21), project("d", digest="a")]}
    )
    assert [(group.bucket, [each.owners for each in group.elected]) for group in groups] == [
        (1, [(Owner("c", None),)]),
        (0, [(Owner("a", None), Owner("b", None), Owner("d", None))]),
    ]


def test_a_group_that_was_split_is_never_whole_again(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    group = Group(0, tuple(Elected(project(name), ()) for name in "abc"))
    halves = split(store, group)
    names = frozenset(store.names("_work/split"))
    assert sorted(each.key for each in unsplit([group], names)) == sorted(each.key for each in halves)
    assert [len(each.elected) for each in halves] == [1, 2]


def test_shares_hold_each_file_once(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    group = Group(0, (Elected(project("a", 5 * 2**20, 17), ()),))
    files = [f"{number}.py" for number in range(17)]
    shares = shares_of(group)
    assert len(shares) == 5
    halves = split_share(store, shares[1])
    keep(store, halves[0], Job({}, {}))
    assert left(store, shares) == [shares[0], *shares[2:], halves[1]]
    assert sorted(name for share in [shares[0], *shares[2:], *halves] for name in share.of(files)) == sorted(files)
    assert all(share.files == len(share.of(files)) for share in [*shares, *halves])
    assert shares_of(Group(0, (Elected(project("a"), ()),))) == []
    assert Share(group, 0, 17).files == 1


def test_a_file_of_a_scan_is_whole(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "out"))
    assert not store.has()
    store.write("a/b", b"1")
    store.write("a/b", b"2")
    assert store.read("a/b") == b"2"
    assert store.names("a") == ["b"]
    assert store.names("_work/unfinished") == []
    store.remove("a")
    assert not store.has("a")


def test_a_store_that_is_no_folder_of_this_machine() -> None:
    store = store_at("memory://lakes/out")
    store.write("a/b", b"1")
    store.write("a/b", b"2")
    assert store.url == "memory:///lakes/out"
    assert (store.read("a/b"), store.names("a"), store.names()) == (b"2", ["b"], [])
    store.remove("a")
    assert not store.has("a/b")
