"""Servers without the wait for their imports: a process that has done them forks one for each caller.

`python prepared.py serve PATH` listens on a socket until its standard input ends, and prints a line when it is ready.
`python prepared.py call PATH` is a server as an editor starts it: its streams and its folder are the forked one's, and
it ends as that one does.
"""

from __future__ import annotations

import os
import socket
import sys


def call(path: str) -> int:
    """Have a server forked that uses this process' streams and folder; gives its exit code."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        socket.send_fds(connection, [b"\0"], [0, 1, 2, os.open(os.curdir, os.O_RDONLY)])
        return int(connection.recv(16))


def serve(path: str) -> int:
    """Fork a server for each caller, until nobody holds our standard input any more."""
    import select
    import signal

    _import()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        print("ready", flush=True)
        while 0 not in select.select([listener.fileno(), 0], [], [])[0]:
            connection, _ = listener.accept()
            if not os.fork():
                listener.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                return _attend(connection)
            connection.close()
    return 0


def _import() -> None:
    """Import all that a server uses, much of it when it is first asked something."""
    import gc

    from pygls.protocol import default_converter

    from flake8_gradsafe.engine import check
    from flake8_gradsafe.server import main  # noqa: F401

    default_converter()  # type: ignore[no-untyped-call]
    check(
        "import torch\n\nh = torch.relu(torch.ones(3, requires_grad=True))\nh.add_(1)\nh.sum().backward()\n", fixes=True
    )
    # Where the collector does not look, memory stays shared.
    gc.freeze()


def _attend(connection: socket.socket) -> int:
    """Fork the server, and tell its caller how it ended. The server itself returns from here with its exit code."""
    _, descriptors, _, _ = socket.recv_fds(connection, 1, 4)
    server = os.fork()
    if not server:
        connection.close()
        *streams, folder = descriptors
        os.fchdir(folder)
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        _close(descriptors)
        sys.stdin, sys.stdout, sys.stderr = (os.fdopen(n, mode, 1, "utf-8") for n, mode in enumerate("rww"))
        from flake8_gradsafe.command.main import main

        return main(["server"])
    _close(descriptors)
    _, status = os.waitpid(server, 0)
    connection.sendall(str(os.waitstatus_to_exitcode(status)).encode())
    return 0


def _close(descriptors: list[int]) -> None:
    for each in descriptors:
        os.close(each)


if __name__ == "__main__":
    sys.exit({"call": call, "serve": serve}[sys.argv[1]](sys.argv[2]))
