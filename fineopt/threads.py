"""One BLAS thread while panels train: beside a browser, more of them make small steps slower."""

from __future__ import annotations

from threadpoolctl import threadpool_limits

__all__ = ["one_blas_thread"]


class _OneBlasThread:
    """A context that several may enter at once; the last to leave restores the threads."""

    def __init__(self) -> None:
        self._inside = 0
        self._limit: threadpool_limits | None = None

    def __enter__(self) -> None:
        if self._inside == 0:
            self._limit = threadpool_limits(limits=1, user_api="blas")
        self._inside += 1

    def __exit__(self, *_: object) -> None:
        self._inside -= 1
        if self._inside == 0 and self._limit is not None:
            self._limit.restore_original_limits()
            self._limit = None


one_blas_thread = _OneBlasThread()
