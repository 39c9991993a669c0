"""A real browser without a window, driven through chromedriver: as much of WebDriver as the tests of the site need."""

from __future__ import annotations

import base64
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
#: Seconds until what a page is to show must be there.
_PATIENCE = 15.0


def is_there() -> bool:
    """Whether this machine has a browser and its driver (Debian: apt-get install chromium chromium-driver)."""
    return shutil.which("chromedriver") is not None and any(map(shutil.which, _BROWSERS))


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser that ends with the block."""
    port = free_port()
    with subprocess.Popen(
        ["chromedriver", f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as driver:
        try:
            yield _begun(f"http://127.0.0.1:{port}")
        finally:
            driver.terminate()


def _begun(address: str) -> Browser:
    binary = next(filter(None, map(shutil.which, _BROWSERS)))
    options = {"binary": binary, "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]}
    wanted = {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
    _wait_for_port(int(address.rpartition(":")[2]))
    made = _sent("POST", f"{address}/session", {"capabilities": {"alwaysMatch": wanted}})
    return Browser(f"{address}/session/{made['sessionId']}")


def _wait_for_port(port: int) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        with socket.socket() as trying:
            if trying.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("chromedriver does not answer")


def _sent(method: str, address: str, body: object = None) -> Any:
    data = None if method == "GET" else json.dumps(body or {}).encode()
    request = Request(address, data, {"Content-Type": "application/json"}, method=method)
    try:
        with urlopen(request, timeout=60) as answer:
            return json.load(answer)["value"]
    except HTTPError as error:
        raise RuntimeError(error.read().decode()) from error


class Browser:
    """One window."""

    def __init__(self, session: str) -> None:
        self._session = session

    def open(self, address: str) -> None:
        self._do("url", url=address)

    def run(self, script: str, *arguments: object) -> Any:
        """The value of a script's `return`."""
        return self._do("execute/sync", script=script, args=list(arguments))

    def wait_for(self, script: str, *arguments: object) -> Any:
        """The value of a script once it is a true one."""
        until = time.monotonic() + _PATIENCE
        while not (value := self.run(script, *arguments)):
            if time.monotonic() > until:
                raise TimeoutError(script)
            time.sleep(0.1)
        return value

    def type(self, selector: str, text: str) -> None:
        """Type into the field that a selector finds, instead of what is there."""
        element = self._do("element", using="css selector", value=selector)[_ELEMENT]
        self._do(f"element/{element}/clear")
        self._do(f"element/{element}/value", text=text)

    def click(self, selector: str) -> None:
        element = self._do("element", using="css selector", value=selector)[_ELEMENT]
        self._do(f"element/{element}/click")

    def show(self, width: int, height: int, *, dark: bool = False, mobile: bool = False) -> None:
        """Have a screen of this size, and prefer light or dark colours."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile}
        self._devtools("Emulation.setDeviceMetricsOverride", size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._devtools("Emulation.setEmulatedMedia", {"features": [scheme]})

    def errors(self) -> list[str]:
        """What the page has complained of since this was asked last."""
        return [entry["message"] for entry in self._do("se/log", type="browser") if entry["level"] == "SEVERE"]

    def picture(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(_sent("GET", f"{self._session}/screenshot")))

    def _devtools(self, command: str, parameters: object) -> None:
        self._do("goog/cdp/execute", cmd=command, params=parameters)

    def _do(self, what: str, **body: object) -> Any:
        return _sent("POST", f"{self._session}/{what}", body)
