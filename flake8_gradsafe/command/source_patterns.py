"""Regular expressions for lines of source text, where only a look at the text is needed."""

from __future__ import annotations

#: A write to a tensor, however it may be spelled.
WRITES = r"\.data\b|\bdetach_\(|\.[a-z]\w*_\(|[-+*/@%]=|\]\s*=[^=]|\binplace\s*=\s*True"
