"""Speed of training steps, compared with PyTorch if it is installed: `python -m benchmarks`.

Only ratios of interleaved runs in one process are compared, which are valid on a busy machine too.
"""
