"""Playing a run step by step on the event loop, beside everything else."""
