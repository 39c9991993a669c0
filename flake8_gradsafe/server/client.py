"""The abilities of the client, as it tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.capabilities import get_capability

if TYPE_CHECKING:
    from collections.abc import Sequence


class Client:
    """The client's capabilities, by what they mean here."""

    def __init__(self, capabilities: types.ClientCapabilities) -> None:
        """Read them once."""
        self._capabilities: Any = capabilities
        #: It asks for diagnostics: to send them unasked too would show them twice.
        self.pulls = self._says("text_document.diagnostic") is not None
        self.pulls_again = bool(self._says("workspace.diagnostics.refresh_support"))
        self.shows_related = any(self._of_diagnostics("related_information"))
        self.shows_links = any(self._of_diagnostics("code_description_support"))
        self.shows_unnecessary = any(
            types.DiagnosticTag.Unnecessary in tags for tags in self._of_diagnostics("tag_support.value_set")
        )
        self.resolves_edits = "edit" in self._among("text_document.code_action.resolve_support.properties")
        self.takes_versioned_edits = bool(self._says("workspace.workspace_edit.document_changes"))
        self.takes_markdown = types.MarkupKind.Markdown in self._among("text_document.hover.content_format")
        self.has_configuration = bool(self._says("workspace.configuration"))
        self.registers_configuration = bool(self._says("workspace.did_change_configuration.dynamic_registration"))
        self.watches_files = bool(self._says("workspace.did_change_watched_files.dynamic_registration"))

    def _says(self, name: str) -> Any:
        return get_capability(self._capabilities, name, None)

    def _among(self, name: str) -> Sequence[object]:
        return self._says(name) or ()

    def _of_diagnostics(self, name: str) -> list[Any]:
        """Return what the client says of the diagnostics that it is sent, and of those that it asks for."""
        said = (self._says(f"text_document.{way}.{name}") for way in ("publish_diagnostics", "diagnostic"))
        return [text for text in said if text]
