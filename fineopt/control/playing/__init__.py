"""Plays a run step by step on the event loop, alongside everything else that runs there."""
