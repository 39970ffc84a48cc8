"""PyTorch's modules and optimizers. These modules import torch, and are imported late."""
