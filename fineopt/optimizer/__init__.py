"""Floor 4: optimizers with param groups, and their schedules, with MegEngine's names."""

from .adadelta import Adadelta
from .adagrad import Adagrad
from .adam import Adam, AdamW
from .clip import clip_grad_norm, clip_grad_value
from .groups import group_label, group_labels
from .lion import Lion
from .multiple import MultipleOptimizer
from .optimizer import Optimizer
from .rmsprop import RMSprop
from .schedule import LRScheduler
from .schedule_decay import CosineAnnealingLR, LinearLR
from .schedule_rules import LambdaLR, SequentialLR
from .schedule_steps import ExponentialLR, MultiStepLR, StepLR
from .schedule_warmup import OneCycleLR, WarmupLR
from .sgd import SGD

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
