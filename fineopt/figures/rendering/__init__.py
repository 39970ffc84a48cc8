"""Drawing with matplotlib: axes, curves, cached layers, and PNG encoding."""
