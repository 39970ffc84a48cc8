"""Watches in the training loops of other libraries; each module imports its own library."""
