"""pygls's protocol, which answers every request, and forgets what it has answered."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import (
    FeatureNotificationError,
    JsonRpcException,
    JsonRpcInvalidParams,
    JsonRpcInvalidRequest,
    JsonRpcParseError,
    JsonRpcServerNotInitialized,
)
from pygls.protocol import LanguageServerProtocol
from pygls.protocol.language_server import lsp_method

from flake8_gradsafe.server import uris

if TYPE_CHECKING:
    from collections.abc import Generator

_BEFORE = frozenset({types.INITIALIZE, types.EXIT})


class Protocol(LanguageServerProtocol):
    """The protocol. pygls itself keeps the future of each notification as long as it runs, and leaves requests that it
    cannot read without an answer."""

    # The documents are ours: pygls ends lines where `splitlines` does, and cannot keep what has an odd name.
    lsp_text_document__did_open = None  # type: ignore[assignment]
    lsp_text_document__did_change = None  # type: ignore[assignment]
    lsp_text_document__did_close = None  # type: ignore[assignment]
    lsp_notebook_document__did_open = None  # type: ignore[assignment]
    lsp_notebook_document__did_change = None  # type: ignore[assignment]
    lsp_notebook_document__did_close = None  # type: ignore[assignment]

    def take(self, body: bytes) -> None:
        """Do what a message asks for. Whatever is wrong with it, a request gets an answer."""
        try:
            data = json.loads(body)
        except (ValueError, RecursionError) as error:
            self._refuse(None, JsonRpcParseError(f"{JsonRpcParseError.MESSAGE}: {error}"))
            return
        if not isinstance(data, dict) or data.get("jsonrpc") != self.VERSION or not _is_number(data.get("id", 0)):
            self._refuse(data.get("id") if isinstance(data, dict) else None, JsonRpcInvalidRequest())
        elif "method" not in data:
            self._take_answer(data)
        elif problem := self._untimely(data):
            if "id" in data:
                self._refuse(data["id"], problem)
        else:
            self._take_call(data)

    def _untimely(self, data: dict[str, Any]) -> JsonRpcException | None:
        """Return why something cannot be asked for.

        The client may not have introduced itself yet, or have said good-bye; some things cannot be asked for ever.
        """
        method = data["method"]
        if not isinstance(method, str):
            return JsonRpcInvalidRequest()
        if self._workspace is None and method not in _BEFORE:
            return JsonRpcServerNotInitialized()
        if (self._workspace is not None and method == types.INITIALIZE) or (self._shutdown and method != types.EXIT):
            return JsonRpcInvalidRequest()
        return None

    def _take_call(self, data: dict[str, Any]) -> None:
        try:
            message = self.structure_message({"params": None, **data})
        except JsonRpcException:
            problem = JsonRpcInvalidParams(f"{JsonRpcInvalidParams.MESSAGE} of {data['method'][:80]}")
            if "id" in data:
                self._refuse(data["id"], problem)
            else:
                self._server._report_server_error(problem, FeatureNotificationError)
            return
        self.handle_message(message)

    def _take_answer(self, data: dict[str, Any]) -> None:
        """Take the client's answer, or an error where that is none."""
        future = self._request_futures.get(data.get("id", ""))
        try:
            self.handle_message(self.structure_message(data))
        except JsonRpcException as error:
            if future is not None and not future.done():
                future.set_exception(error)

    def _refuse(self, number: Any, problem: JsonRpcException) -> None:
        # pygls leaves out what is None, but this must be told.
        known = number if _is_number(number) else None
        self._send_data({"jsonrpc": self.VERSION, "id": known, "error": problem.to_response_error()})

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(self, params: types.InitializeParams) -> Generator[Any, Any, types.InitializeResult]:
        """Begin. A folder whose name cannot be read is none."""
        params.root_uri = uris.readable(params.root_uri)
        folders = params.workspace_folders or ()
        params.workspace_folders = [folder for folder in folders if uris.readable(folder.uri)]
        return (yield from super().lsp_initialize(params))

    def _execute_handler(self, msg_id: Any, *arguments: Any, **named: Any) -> None:
        super()._execute_handler(msg_id, *arguments, **named)
        future = self._request_futures.get(msg_id)
        if future is not None:
            future.add_done_callback(lambda _: self._request_futures.pop(msg_id, None))


def _is_number(value: object) -> bool:
    """True if this can be the number of a request, which may be a text."""
    return isinstance(value, (str, int)) and not isinstance(value, bool)
