"""Whatever a client sends: every request is answered, and nothing keeps the server from ending."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from flake8_gradsafe.server.analysis import MAX_LINES
from tests.command.running import CLEAN, PROVEN
from tests.server.editor import PATIENCE
from tests.server.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

URI = "file:///a.py"
INVALID_PARAMS, INVALID_REQUEST, NOT_FOUND, UNREADABLE, TOO_EARLY = -32602, -32600, -32601, -32700, -32002
#: Long enough to keep a worker busy for a while.
LONG = "import torch\n\n\nclass Net(torch.nn.Module):\n    pass\n" + "".join(
    f"\n\ndef f{n}(x, w):\n    h = torch.relu(x @ w)\n    h.data.add_({n})\n    return h.sum().backward()\n"
    for n in range(4000)
)


@pytest.fixture
def wire(tmp_path: Path) -> Iterator[Wire]:
    """A server that is told good-bye when the test is over, and ends well."""
    made = Wire(tmp_path)
    yield made
    try:
        assert made.end() == 0
    finally:
        made.leave()


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Wire]:
    """A server whose end is the test's."""
    made = Wire(tmp_path)
    yield made
    made.leave()


def at(line: Any, character: Any = 0, uri: str = URI) -> dict[str, Any]:
    return {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}


@pytest.mark.parametrize(
    "position",
    [at(-1), at(0, -1), at(2**31), at(2**64), at(None), at("a"), at([]), {**at(0), "position": None}, {}, None, [], 7],
)
def test_a_position_that_is_none_is_refused(wire: Wire, position: object) -> None:
    wire.begin()
    wire.open(URI, PROVEN)
    assert wire.ask(1, "textDocument/hover", position)["error"]["code"] == INVALID_PARAMS
    assert wire.ask(2, "textDocument/hover", at(4))["result"]["contents"]["value"].startswith("**GRD111**")
    assert wire.shown(URI) == ["GRD111"]
    assert wire.messages() == []


@pytest.mark.parametrize("place", [(2**31 - 1, 0), (4, 2**31 - 1), (6, 0), (7, 7)])
def test_a_position_behind_the_end_is_the_end(wire: Wire, place: tuple[int, int]) -> None:
    wire.begin()
    wire.open(URI, PROVEN)
    assert "error" not in wire.ask(1, "textDocument/hover", at(*place))
    where = {"start": at(*place)["position"], "end": at(*place)["position"]}
    params = {"textDocument": {"uri": URI}, "range": where, "context": {"diagnostics": []}}
    assert "error" not in wire.ask(2, "textDocument/codeAction", params)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"jsonrpc": "2.0", "id": 1, "method": "textDocument/unheard", "params": {}}, NOT_FOUND),
        ({"jsonrpc": "2.0", "id": 1, "method": ["textDocument/hover"], "params": {}}, INVALID_REQUEST),
        ({"jsonrpc": "1.0", "id": 1, "method": "textDocument/hover", "params": at(0)}, INVALID_REQUEST),
        ({"id": 1, "method": "textDocument/hover", "params": at(0)}, INVALID_REQUEST),
        ({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}}, INVALID_REQUEST),
        ({"jsonrpc": "2.0", "id": 1, "method": "textDocument/codeAction", "params": at(0)}, INVALID_PARAMS),
        ({"jsonrpc": "2.0", "id": 1, "method": "codeAction/resolve", "params": []}, INVALID_PARAMS),
    ],
)
def test_a_request_that_cannot_be_met_is_answered(wire: Wire, message: dict[str, Any], code: int) -> None:
    wire.begin()
    wire.send(message)
    assert wire.answer(1)["error"]["code"] == code


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ([], INVALID_REQUEST),
        ([{"jsonrpc": "2.0", "id": 1, "method": "shutdown"}], INVALID_REQUEST),
        (None, INVALID_REQUEST),
        ("text", INVALID_REQUEST),
        ({"jsonrpc": "2.0", "id": {"a": 1}, "method": "textDocument/hover", "params": at(0)}, INVALID_REQUEST),
        ({"jsonrpc": "2.0", "id": None, "method": "textDocument/hover", "params": at(0)}, INVALID_REQUEST),
    ],
)
def test_what_has_no_number_is_answered_without_one(wire: Wire, message: object, code: int) -> None:
    wire.begin()
    wire.send(message)
    assert wire.answer(None)["error"]["code"] == code


@pytest.mark.parametrize(
    "body", [b"{", b"\xff\xfe", b"[" * 200_000, b'{"jsonrpc": "2.0", "id": 1' + b"9" * 9000 + b"}"]
)
def test_what_is_no_json_is_answered(wire: Wire, body: bytes) -> None:
    wire.begin()
    wire.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
    assert wire.answer(None)["error"]["code"] == UNREADABLE


def test_requests_that_come_too_early_or_too_late_are_answered(alone: Wire) -> None:
    wire = alone
    wire.open(URI, PROVEN)
    assert wire.ask(1, "textDocument/hover", at(4))["error"]["code"] == TOO_EARLY
    wire.begin()
    wire.ask(2, "shutdown", None)
    assert wire.ask(3, "textDocument/hover", at(4))["error"]["code"] == INVALID_REQUEST
    wire.tell("exit", None)
    assert wire.process.wait(PATIENCE) == 0


def test_to_be_told_to_end_without_good_bye_is_an_error(alone: Wire) -> None:
    wire = alone
    wire.begin()
    wire.tell("exit", None)
    assert wire.process.wait(PATIENCE) == 1


@pytest.mark.parametrize(
    "uri",
    [
        "file://[::1/a.py",
        "file:///a%00.py",
        "file:///" + "a" * 5000 + ".py",
        "file:////server/share/a.py",
        "file:a.py",
        "untitled:Untitled-1",
        "vscode-notebook-cell:/a.ipynb#W0sZmlsZQ%3D%3D",
        "http://[",
        "git:/a.py?%7B%22ref%22%3A%22%22%7D",
        "",
        "\u202e\ud800",
        "file:///%ff%fe.py",
    ],
)
def test_a_document_of_any_name_is_examined(wire: Wire, uri: str) -> None:
    wire.begin()
    wire.open(uri, PROVEN)
    assert wire.shown(uri) == ["GRD111"]
    assert "**GRD111**" in wire.ask(1, "textDocument/hover", at(4, uri=uri))["result"]["contents"]["value"]
    wire.close(uri)
    assert wire.messages() == []


@pytest.mark.parametrize("uri", ["file://[::1/", "file:///a%00", "", "nonsense"])
def test_a_folder_of_any_name_is_none_that_harms(wire: Wire, uri: str) -> None:
    folders = [{"uri": uri, "name": "x"}]
    params: dict[str, object] = {"processId": None, "rootUri": uri, "capabilities": {}, "workspaceFolders": folders}
    assert "result" in wire.ask(0, "initialize", params)
    wire.tell("initialized", {})
    wire.open(URI, PROVEN)
    assert wire.shown(URI) == ["GRD111"]


@pytest.mark.parametrize(
    "options",
    [
        7,
        [],
        "text",
        {"select": 7, "config": ["a"], "perFileIgnores": {"a": {}}, "disableNoqa": "no", "exclude": [[]], "7": None},
        {"config": ""},
        {"config": "\0"},
        {"select": ["", "nonsense!"]},
        {"settings": []},
    ],
)
def test_settings_of_any_type_leave_the_server_working(wire: Wire, options: object) -> None:
    params: dict[str, object] = {"processId": None, "capabilities": {}, "initializationOptions": options}
    assert "result" in wire.ask(0, "initialize", params)
    wire.tell("initialized", {})
    wire.tell("workspace/didChangeConfiguration", {"settings": options})
    wire.open(URI, PROVEN)
    assert wire.shown(URI) == ["GRD111"]
    assert not any("internal error" in message for message in wire.messages())


@pytest.mark.parametrize(
    "answer", [{"result": None}, {"result": {"a": 1}}, {"result": 7}, {"error": {"code": 1, "message": ""}}]
)
def test_settings_that_are_no_answer_leave_the_server_working(wire: Wire, answer: dict[str, Any]) -> None:
    wire.begin(workspace={"configuration": True})
    asked = wire.until(lambda message: message.get("method") == "workspace/configuration")
    wire.send({"jsonrpc": "2.0", "id": asked["id"], **answer})
    wire.open(URI, PROVEN)
    assert wire.shown(URI) == ["GRD111"]
    assert not any("internal error" in message for message in wire.messages())


@pytest.mark.parametrize(
    "header",
    [
        b"\r\n",
        b"nonsense\r\n",
        b"Content-Length: -5\r\n\r\n{}",
        b"Content-Length: many\r\n\r\n{}",
        b"Content-Length: 99999999999999999999\r\n\r\n{}",
        b"Content-Type: application/vscode-jsonrpc\r\n\r\n{}",
        b"GET / HTTP/1.1\r\n\r\n",
        b"x" * 5000,
    ],
)
def test_a_header_that_is_none_ends_the_server_with_an_error(alone: Wire, header: bytes) -> None:
    wire = alone
    wire.begin()
    wire.write(header)
    assert wire.process.wait(PATIENCE) == 2
    assert wire.stderr.splitlines()[-1].startswith("gradsafe: error: a message whose header cannot be read: ")
    assert "Traceback" not in wire.stderr


def test_a_header_may_be_spelled_otherwise(wire: Wire) -> None:
    wire.begin()
    body = b'{"jsonrpc": "2.0", "id": 1, "method": "textDocument/unheard"}'
    wire.write(b"content-type: application/json\ncontent-length:%d\n\n" % len(body) + body)
    assert wire.answer(1)["error"]["code"] == NOT_FOUND


@pytest.mark.parametrize("data", [b"", b"Content-Len", b"Content-Length: 10\r\n", b"Content-Length: 10\r\n\r\n{}"])
def test_a_client_that_goes_in_the_middle_ends_the_server(alone: Wire, data: bytes) -> None:
    wire = alone
    wire.begin()
    wire.write(data)
    assert wire.process.stdin is not None
    wire.process.stdin.close()
    assert wire.process.wait(PATIENCE) == 0
    assert wire.stderr == ""


def test_a_long_document_is_told_and_keeps_nobody_waiting(wire: Wire) -> None:
    wire.begin()
    wire.open("file:///long.py", f"{PROVEN}{'x = 1' + chr(10)}" + "x = 1\n" * 4 * MAX_LINES)
    wire.open(URI, PROVEN)
    assert wire.shown(URI) == ["GRD111"]
    wire.until(lambda message: message.get("method") == "window/showMessage")
    assert wire.messages() == [
        "gradsafe: /long.py: not examined: it is too long for an editor (50,000 lines or 4,000,000 characters are the most)"
    ]
    assert wire.ask(1, "textDocument/hover", at(4, uri="file:///long.py"))["result"] is None


def test_while_one_document_is_examined_others_are_answered(wire: Wire) -> None:
    wire.begin()
    wire.open("file:///long.py", LONG)
    wire.open(URI, PROVEN)
    assert wire.shown(URI) == ["GRD111"]
    assert "**GRD111**" in wire.ask(1, "textDocument/hover", at(4))["result"]["contents"]["value"]
    assert not any(message.get("params", {}).get("uri") == "file:///long.py" for message in wire.seen)


def test_it_ends_while_it_examines(alone: Wire) -> None:
    wire = alone
    wire.begin()
    wire.open("file:///long.py", LONG)
    time.sleep(0.5)
    assert wire.end() == 0
    assert wire.stderr == ""


def test_a_client_that_does_not_read_gets_all_answers_later(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    wire = Wire(tmp_path, reads=False)
    request.addfinalizer(wire.leave)
    wire.send({"jsonrpc": "2.0", "id": "begin", "method": "initialize", "params": {"capabilities": {}}})
    wire.open(URI, PROVEN)
    for number in range(3000):
        wire.send({"jsonrpc": "2.0", "id": number, "method": "textDocument/hover", "params": at(4)})
    wire.read()
    for number in range(3000):
        assert "**GRD111**" in wire.answer(number)["result"]["contents"]["value"]
    assert wire.end() == 0


@pytest.mark.skipif(sys.platform == "win32", reason="no signals there")
def test_it_ends_when_its_client_is_killed_while_others_hold_its_pipes(alone: Wire) -> None:
    wire = alone
    client = os.fork()
    if client == 0:
        signal.pause()
        os._exit(0)
    wire.ask("begin", "initialize", {"processId": client, "rootUri": None, "capabilities": {}})
    wire.open(URI, PROVEN)
    assert wire.shown(URI) == ["GRD111"]
    os.kill(client, signal.SIGKILL)
    os.waitpid(client, 0)
    assert wire.process.wait(PATIENCE) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="no /proc there")
def test_opening_and_closing_takes_no_memory(wire: Wire) -> None:
    status = Path(f"/proc/{wire.process.pid}/status")
    if not status.exists():
        pytest.skip("no /proc here")
    wire.begin()
    text = CLEAN + "".join(f"v{n} = {n}\n" for n in range(200))

    def resident() -> int:
        wire.open("file:///last.py", PROVEN)
        wire.ask(f"hover {time.monotonic()}", "textDocument/hover", at(4, uri="file:///last.py"))
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1])

    def rounds(first: int, last: int) -> None:
        for number in range(first, last):
            uri = f"file:///folder{number}/{number}.py"
            wire.open(uri, text)
            wire.close(uri)

    rounds(0, 1000)
    before = resident()
    rounds(1000, 6000)
    assert resident() - before < 20_000
