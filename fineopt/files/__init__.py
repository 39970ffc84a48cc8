"""Atomic writes, file locks, and reading of untrusted archives."""

from .archives import Archive, as_value_error, read_file, unpacked_limit
from .locks import lock_file
from .replacing import replace_file
from .writing import write_file

__all__ = [
    "Archive",
    "as_value_error",
    "lock_file",
    "read_file",
    "replace_file",
    "unpacked_limit",
    "write_file",
]
