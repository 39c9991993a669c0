"""A scan from the command line to the rows that it writes, on a small cluster."""

from __future__ import annotations

import gzip
import json
import subprocess
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from distributed.scheduler import KilledWorker

from flake8_gradsafe.scanning import scan as scan_module
from flake8_gradsafe.scanning.analyse import analyse as analyse_really
from flake8_gradsafe.scanning.analyse import analyse_share as analyse_share_really
from flake8_gradsafe.scanning.checker import Checking
from flake8_gradsafe.scanning.errors import BadScan
from flake8_gradsafe.scanning.plan import Group
from flake8_gradsafe.scanning.shares import Share
from flake8_gradsafe.scanning.storage import Store
from tests.command.running import PROVEN, gradsafe, gradsafe_process, objects
from tests.scanning.lakes import BROKEN, FOUND, LAKE, PROJECT, read, rows, told, write_checkouts, write_parquet


def scan(folder: Path, scheduler: str, *words: str) -> subprocess.CompletedProcess[str]:
    return gradsafe(folder, "scan", *words, "--scheduler", scheduler, "--quiet")


def test_a_lake_in_parquet(tmp_path: Path, scheduler: str) -> None:
    write_parquet(tmp_path / "lake", rows())
    run = scan(tmp_path, scheduler, "lake", "--to", "out.parquet")
    assert (run.returncode, run.stdout, run.stderr) == (1, "", "")
    assert told(tmp_path / "out.parquet") == FOUND
    assert sorted(path.name for path in (tmp_path / "out.parquet").glob("_*")) == [
        "_repositories.parquet",
        "_scan.json",
        "_summary.json",
    ]


def test_the_findings_are_those_of_a_check(tmp_path: Path, scheduler: str) -> None:
    write_parquet(tmp_path / "lake", rows())
    write_checkouts(tmp_path / "checkouts")
    scan(tmp_path, scheduler, "lake", "--to", "out")
    for repository in LAKE:
        project = tmp_path / "checkouts" / repository.replace("/", "-")
        (project / ".git").mkdir()
        expected = [
            (each["filename"], each["code"], each["message"], each["help"], [step["text"] for step in each["trace"]])
            for each in objects(project, "--isolated", ".")
        ]
        found = [
            (row["path"], row["code"], row["message"], row["help"], [step["text"] for step in row["trace"]])
            for row in read(tmp_path / "out")
            if row["repository"] == repository and row["kind"] == "finding"
        ]
        assert found == expected


def test_pandas_and_duckdb_read_the_output(tmp_path: Path, scheduler: str) -> None:
    write_parquet(tmp_path / "lake", rows())
    scan(tmp_path, scheduler, "lake", "--to", "out.parquet")
    frame = pd.read_parquet(tmp_path / "out.parquet")
    assert frame.kind.value_counts().to_dict() == {"finding": 4, "not analysed": 1}
    assert frame[frame.sureness == "proven"].code.tolist() == ["GRD111"] * 3
    (step, *_) = frame[frame.path == "train.py"].trace.iloc[0]
    assert (step["role"], step["path"], step["line"]) == ("saved", "train.py", 4)
    query = f"""
        SELECT repository, code, len(trace), trace[1].path
        FROM read_parquet('{tmp_path}/out.parquet/part-*.parquet')
        WHERE kind = 'finding' AND repository LIKE '%/imports' ORDER BY repository
    """
    assert duckdb.sql(query).fetchall() == [
        ("one/imports", "GRD111", 5, "main.py"),
        ("two/imports", "GRD111", 5, "main.py"),
    ]


def test_equal_projects_are_analysed_once(tmp_path: Path, scheduler: str) -> None:
    write_parquet(tmp_path / "lake", rows())
    run = gradsafe(tmp_path, "scan", "lake", "--to", "out", "--scheduler", scheduler)
    assert "11 rows: 11 files of Python (0 are none), 6 of them with torch, 5 different ones analysed" in run.stdout
    assert "GRD111         3             3" in run.stdout


def test_rows_without_a_repository_are_programs_of_their_own(tmp_path: Path, scheduler: str) -> None:
    lines = [
        {"code": PROVEN, "path": "a/train.py"},
        {"code": PROVEN, "path": "b/train.py"},
        {"code": None, "path": "c/lost.py"},
        {"code": "package main", "path": "main.go"},
    ]
    with gzip.open(tmp_path / "lake.jsonl.gz", "wt") as file:
        file.writelines(f"{json.dumps(line)}\n" for line in lines)
        file.write("{broken\n")
    run = gradsafe(tmp_path, "scan", "lake.jsonl.gz", "--to", "out", "--scheduler", scheduler)
    assert "5 rows: 4 files of Python (1 are none), 4 of them with torch, 3 different" in run.stdout
    assert [(row["path"].rpartition("/")[2], row["code"], row["reason"]) for row in read(tmp_path / "out")] == [
        ("train.py", "GRD111", None),
        ("train.py", "GRD111", None),
        ("lake.jsonl.gz:5", None, "the line is no JSON object"),
        ("lost.py", None, "there is no source text in its row"),
    ]


def test_lines_that_are_packed_by_zstandard(tmp_path: Path, scheduler: str) -> None:
    zstandard = pytest.importorskip("zstandard")
    lines = "".join(f"{json.dumps(row)}\n" for row in rows())
    (tmp_path / "lake.jsonl.zst").write_bytes(zstandard.compress(lines.encode()))
    scan(tmp_path, scheduler, "lake.jsonl.zst", "--to", "out")
    assert told(tmp_path / "out") == FOUND


def test_folders_of_checkouts_and_bare_repositories(tmp_path: Path, scheduler: str) -> None:
    write_checkouts(tmp_path / "checkouts", {"plain": LAKE["three/plain"]})
    write_checkouts(tmp_path, {"work": PROJECT})
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", str(tmp_path / "work")]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "first"]):
        subprocess.run([*git, *words], check=True)
    subprocess.run(["git", "clone", "-q", "--bare", "work", "checkouts/imports.git"], cwd=tmp_path, check=True)
    (tmp_path / "work" / "later.py").write_text(PROVEN)
    assert scan(tmp_path, scheduler, "checkouts", "--to", "out").returncode == 1
    assert told(tmp_path / "out") == [
        ("imports", "pkg/helper.py", "GRD111", 2),
        ("plain", "bad.py", None, 3),
        ("plain", "train.py", "GRD111", 5),
    ]
    assert scan(tmp_path, scheduler, "wor*", "--to", "again").returncode == 1
    assert [row["path"] for row in read(tmp_path / "again")] == ["later.py", "pkg/helper.py"]


def test_a_folder_of_packages_is_one_project(tmp_path: Path, scheduler: str) -> None:
    write_checkouts(
        tmp_path, {"lake": {f"use/{path}" if path == "main.py" else path: text for path, text in PROJECT.items()}}
    )
    scan(tmp_path, scheduler, "lake", "--to", "out")
    assert told(tmp_path / "out") == [("lake", "pkg/helper.py", "GRD111", 2)]
    scan(tmp_path, scheduler, "la*", "--to", "again")
    assert told(tmp_path / "again") == told(tmp_path / "out")


def test_what_git_ignores_is_left_out_of_a_checkout(tmp_path: Path, scheduler: str) -> None:
    write_checkouts(
        tmp_path / "lake", {"plain": {"train.py": PROVEN, "made/train.py": PROVEN, ".gitignore": "made/\n"}}
    )
    scan(tmp_path, scheduler, "lake", "--to", "out")
    assert told(tmp_path / "out") == [("plain", "train.py", "GRD111", 5)]


def test_options_choose_the_rules(tmp_path: Path, scheduler: str) -> None:
    write_checkouts(tmp_path / "lake")
    assert scan(tmp_path, scheduler, "lake", "--to", "out", "--select", "GRD2").returncode == 1
    assert {row["code"] for row in read(tmp_path / "out")} == {"GRD211", None}
    run = scan(tmp_path, scheduler, "lake", "--to", "zero", "--select", "GRD2", "--exit-zero", "--no-project")
    assert run.returncode == 0


def test_nothing_found_ends_with_zero(tmp_path: Path, scheduler: str) -> None:
    write_checkouts(tmp_path / "lake", {"nothing": LAKE["five/nothing"]})
    run = gradsafe(tmp_path, "scan", "lake", "--to", "out", "--scheduler", scheduler)
    assert run.returncode == 0
    assert "0 findings, 0 files that could not be read or analysed" in run.stdout


def test_a_large_project_is_analysed_in_shares(tmp_path: Path, scheduler: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flake8_gradsafe.scanning.plan.SHARE", 100)
    monkeypatch.setattr("flake8_gradsafe.scanning.shares.SHARE", 100)
    write_parquet(tmp_path / "lake", rows())
    scan(tmp_path, scheduler, "lake", "--to", "out")
    assert told(tmp_path / "out") == FOUND


def test_a_file_that_ends_its_worker_is_found_and_given_up_alone(
    tmp_path: Path, scheduler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def analyse(store: Store, group: Group, checking: Checking) -> None:
        known = store.names(f"_work/shares/{group.elected[0].project.digest}")
        if not known and any(each.project.name == "three/plain" for each in group.elected):
            raise KilledWorker("task", SimpleNamespace(address="tcp://gone"), 3)
        analyse_really(store, group, checking)

    def analyse_share(store: Store, share: Share, checking: Checking) -> None:
        if share.first == 0:  # its files are bad.py, clean.py and train.py
            raise KilledWorker("task", SimpleNamespace(address="tcp://gone"), 3)
        analyse_share_really(store, share, checking)

    monkeypatch.setattr(scan_module, "analyse", analyse)
    monkeypatch.setattr(scan_module, "analyse_share", analyse_share)
    write_parquet(tmp_path / "lake", rows())
    assert scan(tmp_path, scheduler, "lake", "--to", "out").stderr == ""
    assert told(tmp_path / "out") == [
        *FOUND[:2],
        ("three/plain", "bad.py", None, None),
        *FOUND[3:],
    ]
    (row,) = (row for row in read(tmp_path / "out") if row["path"] == "bad.py")
    assert row["reason"] == "not analysed: its worker was ended several times, perhaps for want of memory"


@pytest.mark.parametrize("lost", ["every part", "a part", "the buckets"])
def test_a_scan_that_was_cut_off_goes_on(
    tmp_path: Path, scheduler: str, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    monkeypatch.setattr("flake8_gradsafe.scanning.plan.SHARE", 300)
    write_parquet(tmp_path / "lake", rows())

    def cut_off(*_: object) -> None:
        raise BadScan("cut off")

    with monkeypatch.context() as patched:
        patched.setattr(scan_module, "summarise", cut_off)
        assert scan(tmp_path, scheduler, "lake", "--to", "out").stderr == "gradsafe: error: cut off\n"
    parts = sorted((tmp_path / "out").glob("part-*.parquet"))
    assert len(parts) > 1
    for part in parts if lost == "every part" else parts[:1] if lost == "a part" else []:
        part.unlink()
    if lost == "the buckets":
        for name in (tmp_path / "out" / "_work" / "gathered").glob("*.json"):
            name.unlink()
    run = scan(tmp_path, scheduler, "lake", "--to", "out")
    assert run.stderr.endswith("/out: exists; --resume goes on with a scan that was cut off there\n")
    assert scan(tmp_path, scheduler, "lake", "--to", "out", "--resume").returncode == 1
    assert told(tmp_path / "out") == FOUND
    assert not (tmp_path / "out" / "_work").exists()
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()}
    assert scan(tmp_path, scheduler, "lake", "--to", "out", "--resume").returncode == 1
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()}


def test_another_scan_does_not_go_on(tmp_path: Path, scheduler: str) -> None:
    write_parquet(tmp_path / "lake", rows())
    run = scan(tmp_path, scheduler, "lake", "--to", "out", "--resume")
    assert run.stderr.endswith("/out: there is no scan to go on with: it has no _scan.json\n")
    scan(tmp_path, scheduler, "lake", "--to", "out")
    run = scan(tmp_path, scheduler, "lake", "--to", "out", "--resume", "--select", "GRD1")
    assert run.returncode == 2
    assert "out: cannot go on: it was begun with the options" in run.stderr
    (tmp_path / "lake" / "1.parquet").unlink()
    run = scan(tmp_path, scheduler, "lake", "--to", "out", "--resume")
    assert "out: cannot go on: its sources are not what they were when it was begun" in run.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere"], "nowhere: no such file or folder"),
        (
            ["lake", "--content-column", "texts"],
            "0.parquet: there is no column 'texts' for --content-column; there are",
        ),
        (["empty.parquet"], "empty.parquet: cannot be read as Parquet"),
        (["numbers.parquet"], "numbers.parquet: the column 'content' holds int64, not source text"),
        (["functions.parquet"], "functions.parquet: its rows are functions, not files"),
        (["notes.txt"], "notes.txt: neither a folder nor a table"),
        (["list.jsonl"], "list.jsonl: its first line is no JSON object"),
        (["nosuch://bucket/lake"], "nosuch://bucket/lake: Protocol not known: nosuch"),
        (["lake", "--select", "GRX"], "--select: 'GRX' is no code of gradsafe"),
        (["lake", "--workers", "2"], "--workers: cannot go together with --scheduler"),
        (["lake", "--file-seconds", "0"], "--file-seconds: 0: expected more than 0"),
        (["lake", "--file-memory", "1"], "--file-memory: 1: expected 256 MiB or more"),
    ],
)
def test_what_cannot_be_scanned(tmp_path: Path, scheduler: str, words: list[str], said: str) -> None:
    write_parquet(tmp_path / "lake", rows())
    (tmp_path / "empty.parquet").touch()
    (tmp_path / "notes.txt").touch()
    (tmp_path / "list.jsonl").write_text("[1]\n")
    pq.write_table(pa.table({"content": [1]}), tmp_path / "numbers.parquet")
    pq.write_table(pa.table({"whole_func_string": ["def f(): pass"]}), tmp_path / "functions.parquet")
    run = scan(tmp_path, scheduler, *words, "--to", "out")
    assert run.returncode == 2
    assert said in run.stderr
    assert run.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_table_without_rows_holds_nothing(tmp_path: Path, scheduler: str) -> None:
    write_parquet(tmp_path / "lake", rows())
    pq.write_table(pq.read_table(tmp_path / "lake" / "0.parquet").slice(0, 0), tmp_path / "lake" / "2.parquet")
    assert scan(tmp_path, scheduler, "lake", "--to", "out").returncode == 1
    assert told(tmp_path / "out") == FOUND


def test_contents_in_other_encodings(tmp_path: Path, scheduler: str) -> None:
    latin = "# é\n" + PROVEN
    table = pa.table(
        {
            "content": [
                f"# coding: latin-1\n{latin}".encode("latin-1"),
                latin.encode("latin-1"),
                latin.encode("latin-1"),
            ],
            "path": ["coded.py", "told.py", "untold.py"],
            "src_encoding": ["UTF-8", "ISO-8859-1", None],
        }
    )
    pq.write_table(table, tmp_path / "lake.parquet")
    scan(tmp_path, scheduler, "lake.parquet", "--to", "out")
    assert told(tmp_path / "out") == [
        (None, "coded.py", "GRD111", 7),
        (None, "told.py", "GRD111", 6),
        (None, "untold.py", None, 1),
    ]


def test_rows_that_are_there_twice_and_paths_that_lead_elsewhere(tmp_path: Path, scheduler: str) -> None:
    lines = [
        {"repo_name": "a", "path": "train.py", "content": PROVEN},
        {"repo_name": "a", "path": "train.py", "content": PROVEN},
        {"repo_name": "a", "path": "train.py", "content": f"\n{PROVEN}"},
        {"repo_name": "a", "path": "../../outside.py", "content": PROVEN},
        {"repo_name": "a", "path": "bad.py", "content": BROKEN},
    ]
    (tmp_path / "lake.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    scan(tmp_path, scheduler, "lake.jsonl", "--to", "out")
    found = [
        ("../../outside.py", "GRD111", 5),
        ("bad.py", None, 3),
        ("train.py", "GRD111", 5),
        ("train.py", "GRD111", 6),
    ]
    assert [each[1:] for each in told(tmp_path / "out")] == found
    assert not (tmp_path.parent / "outside.py").exists()


@pytest.mark.long
def test_a_cluster_of_its_own(tmp_path: Path) -> None:
    write_parquet(tmp_path / "lake", rows())
    run = gradsafe_process(tmp_path, "scan", "lake", "--to", "out", "--workers", "2")
    assert run.returncode == 1
    assert run.stderr.startswith("gradsafe: 2 workers; dashboard: http://127.0.0.1:")
    assert run.stderr.count("\n") == 1
    assert told(tmp_path / "out") == FOUND
