"""Threads, the threads of BLAS, and malloc: what depends on the machine."""
