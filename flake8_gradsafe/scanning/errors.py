"""What ends a scan before its time."""

from __future__ import annotations

import hashlib


class BadScan(Exception):
    """A source, a target, a cluster or an option that cannot be used: one line that names it."""


def digest(*parts: str | bytes) -> str:
    """A short name that other parts do not have."""
    hashed = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        hashed.update(len(data).to_bytes(8, "big") + data)
    return hashed.hexdigest()[:32]
