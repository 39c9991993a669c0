"""The language server: what is found in a text while it is being written. It needs the extra `lsp`."""
