"""Floor 4: optimizers with param groups, and their schedules, with MegEngine's names."""

from .base import Optimizer
from .clip import clip_grad_norm, clip_grad_value
from .groups import group_label, group_labels
from .multiple import MultipleOptimizer
from .rules.adadelta import Adadelta
from .rules.adagrad import Adagrad
from .rules.adam import Adam, AdamW
from .rules.lion import Lion
from .rules.rmsprop import RMSprop
from .rules.sgd import SGD
from .schedules.base import LRScheduler
from .schedules.compose import LambdaLR, SequentialLR
from .schedules.decay import CosineAnnealingLR, LinearLR
from .schedules.steps import ExponentialLR, MultiStepLR, StepLR
from .schedules.warmup import OneCycleLR, WarmupLR

__all__ = [
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "CosineAnnealingLR",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "Lion",
    "MultiStepLR",
    "MultipleOptimizer",
    "OneCycleLR",
    "Optimizer",
    "RMSprop",
    "SequentialLR",
    "StepLR",
    "WarmupLR",
    "clip_grad_norm",
    "clip_grad_value",
    "group_label",
    "group_labels",
]
