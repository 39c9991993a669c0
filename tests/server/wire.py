"""A client of few words, which sends whatever it likes and sees every byte that comes back."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from queue import Empty, Queue
from typing import TYPE_CHECKING, Any

from tests.server.editor import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Wire:
    """A server in a process of its own, the messages that it has sent, and pipes to it."""

    def __init__(self, folder: Path, *, reads: bool = True) -> None:
        """Start the server; without `reads`, nothing that it sends is taken until `read` is called."""
        self._log = (folder / "stderr").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "flake8_gradsafe", "server"],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )
        self._folder = folder
        self._messages: Queue[dict[str, Any] | None] = Queue()
        self._reader: threading.Thread | None = None
        self.seen: list[dict[str, Any]] = []
        if reads:
            self.read()

    @property
    def stderr(self) -> str:
        """What it has logged."""
        return (self._folder / "stderr").read_text()

    def read(self) -> None:
        """Begin to take what the server sends."""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        while line := stream.readline():
            length = 0
            while line.strip():
                if line.startswith(b"Content-Length:"):
                    length = int(line.split(b":")[1])
                line = stream.readline()
            self._messages.put(json.loads(stream.read(length)))
        self._messages.put(None)

    def write(self, data: bytes) -> None:
        """Send bytes."""
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, message: object) -> None:
        """Send a message, or what is none."""
        body = json.dumps(message).encode()
        self.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def tell(self, method: str, params: object) -> None:
        """Send a notification."""
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def ask(self, number: object, method: str, params: object) -> dict[str, Any]:
        """Send a request, and wait for its answer."""
        self.send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        return self.answer(number)

    def answer(self, number: object) -> dict[str, Any]:
        """Wait for the answer to a request."""
        return self.until(lambda message: "method" not in message and message.get("id") == number)

    def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait for a message."""
        for message in self.seen:
            if wanted(message):
                return message
        while True:
            try:
                newest = self._messages.get(timeout=PATIENCE)
            except Empty:
                raise AssertionError("no answer") from None
            assert newest is not None, "the server has ended"
            self.seen.append(newest)
            if wanted(newest):
                return newest

    def begin(self, **capabilities: object) -> dict[str, Any]:
        """Introduce ourselves."""
        params = {"processId": None, "rootUri": None, "capabilities": capabilities}
        result = self.ask("begin", "initialize", params)
        self.tell("initialized", {})
        return result

    def open(self, uri: str, text: str) -> None:
        """Open a document."""
        document = {"uri": uri, "languageId": "python", "version": 1, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": document})

    def close(self, uri: str) -> None:
        """Close a document."""
        self.tell("textDocument/didClose", {"textDocument": {"uri": uri}})

    def shown(self, uri: str) -> list[str]:
        """The codes that are sent of a document, the first time."""
        method = "textDocument/publishDiagnostics"
        told = self.until(lambda message: message.get("method") == method and message["params"]["uri"] == uri)
        return [each["code"] for each in told["params"]["diagnostics"]]

    def messages(self) -> list[str]:
        """What the user was shown so far."""
        return [each["params"]["message"] for each in self.seen if each.get("method") == "window/showMessage"]

    def leave(self) -> None:
        """Go without a word, however it is."""
        self.process.kill()
        self.process.wait(PATIENCE)
        if self._reader is not None:
            self._reader.join(PATIENCE)
        for stream in (self.process.stdin, self.process.stdout, self._log):
            with contextlib.suppress(OSError):
                stream.close()  # type: ignore[union-attr]

    def end(self) -> int:
        """Say good-bye; gives the exit code."""
        self.ask("end", "shutdown", None)
        self.tell("exit", None)
        return self.process.wait(PATIENCE)
