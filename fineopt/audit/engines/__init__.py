"""What an audit asks of fineopt's own engine, of PyTorch and of MegEngine."""
