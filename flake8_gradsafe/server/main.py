"""`gradsafe server`: a language server on the standard input and output."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from functools import partial
from typing import TYPE_CHECKING

from flake8_gradsafe.server.features import service
from flake8_gradsafe.server.messages import BadHeader, Writer, next_message
from flake8_gradsafe.server.worker import Worker

if TYPE_CHECKING:
    from flake8_gradsafe.server.service import Service

_FAILED = 2
_LOST = 1


def serve() -> int:
    """Serve one client, until it goes. Gives the exit code: 1 where it has not said good-bye but told us to end."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s: %(name)s: %(message)s")
    # What anything prints must not get between the messages.
    output = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    sys.stdout = sys.stderr
    made = service()
    made.lost = _lost
    writer = Writer(output, partial(_lost, "the client does not read any more"))
    made.protocol.set_writer(writer)
    try:
        asyncio.run(_serve(made))
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except BadHeader as error:
        print(f"gradsafe: error: a message whose header cannot be read: {error}", file=sys.stderr)
        return _FAILED
    except KeyboardInterrupt:
        return 0
    finally:
        writer.close()
    return 0


async def _serve(made: Service) -> None:
    # A thread of our own: Python would wait for one of its own when it ends.
    reader = Worker()
    while (body := await asyncio.wrap_future(reader.submit(partial(next_message, sys.stdin.buffer)))) is not None:
        made.protocol.take(body)


def _lost(why: str) -> None:
    """End the process, wherever it is: nobody waits any more for an answer."""
    print(f"gradsafe: error: {why}", file=sys.stderr, flush=True)
    os._exit(_LOST)
