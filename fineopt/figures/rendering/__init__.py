"""Drawing with matplotlib: axes, curves, fonts, and PNG encoding."""
