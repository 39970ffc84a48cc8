"""Threads, BLAS thread limits and malloc: everything that depends on the machine.

Where there are no threads, no threadpoolctl or no glibc, as in WebAssembly, all functions remain
usable: work runs in the calling thread, and limits and settings have no effect.
"""

from .blas import numpys_blas
from .limits import one_blas_thread
from .memory import keep_freed_memory
from .shares import each, multiply, share

__all__ = ["each", "keep_freed_memory", "multiply", "one_blas_thread", "share", "threads_of_blas"]


def threads_of_blas() -> int:
    """Return the number of threads of NumPy's BLAS, 1 if it is unknown."""
    blas = numpys_blas()
    return 1 if blas is None else blas.get()
