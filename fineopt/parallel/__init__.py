"""Threads, BLAS thread limits and malloc: everything that depends on the machine.

Where there are no threads, no threadpoolctl or no glibc, as in WebAssembly, all functions remain
usable: work runs in the calling thread, and limits and settings have no effect.
"""

from .blas import thread_count
from .browser import IN_BROWSER, least_sleep, matmul
from .limits import one_blas_thread
from .memory import keep_freed_memory
from .shares import each, multiply, share

__all__ = [
    "IN_BROWSER",
    "each",
    "keep_freed_memory",
    "least_sleep",
    "matmul",
    "multiply",
    "one_blas_thread",
    "share",
    "thread_count",
]
