"""How fast a step is, beside PyTorch where it is installed: `python -m benchmarks`.

Only ratios of interleaved runs in one process are compared: they hold on a busy machine too.
"""
