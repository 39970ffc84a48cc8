"""Opens watches, one for a model and its optimizers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib.util import find_spec
from typing import Any, cast

from ..bridge.reading import MakeReader
from .loop import find_watch
from .watch import Watch

__all__ = ["watch"]


def watch(
    model: Any,
    optimizer: Any,
    schedulers: Iterable[Any] = (),
    steps_per_epoch: int | None = None,
    every: int = 1,
    *,
    keep: int = 64,
    scaler: Any = None,
    loader: Any = None,
) -> Watch:
    """Watch a PyTorch or MegEngine model and its optimizers; training is the same to the bit.

    Watching the same model and optimizers again returns the same Watch.

    Args:
        model: a torch.nn.Module, or one of MegEngine; wrappers of torch.compile and
            DistributedDataParallel are looked into. Under the latter, watch on rank 0.
        optimizer: of the same framework, or a list of several; each step of any of them is a step
            of the record.
        schedulers: of the learning rates, for the audit and for snapshots.
        steps_per_epoch: if known; an epoch that `Watch.end_epoch` does not end ends after so many.
        every: steps between two samples of the parameters, rounded up to a power of 2; of more than
            128 parameters at least 2, of more than 256 at least 4, and so on. Losses and learning
            rates are recorded at each step.
        keep: how many numbers of each parameter the record keeps.
        scaler: of mixed precision, for snapshots.
        loader: of the data, for snapshots; with ``state_dict`` its place is restored.

    Raises:
        TypeError: if model, optimizer, scaler or a scheduler is a class, or of another kind.
        ValueError: if they share no parameter, if a parameter is on the meta device or a shard of
            FSDP, or if the optimizer is watched with another model.
    """
    make_engine, make_reader = _framework(model)
    schedulers = _as_schedulers(schedulers)
    if scaler is not None and not hasattr(scaler, "load_state_dict"):
        raise TypeError(f"scaler must be a GradScaler, not {scaler!r} (a {type(scaler).__name__})")
    engine = make_engine(model, optimizer, schedulers, scaler=scaler, loader=loader)
    if (known := find_watch(engine.net, engine.optimizers)) is not None:
        known.engine.follow_helpers_of(engine)
        return cast(Watch, known)
    return Watch(engine, make_reader, steps_per_epoch, every, keep)


def _framework(model: Any) -> tuple[Callable[..., Any], MakeReader]:
    """Return what makes the engine and the reader of a model, by its framework.

    Raises:
        ImportError: if that is not MegEngine, and PyTorch is not installed.
    """
    kinds = (model if isinstance(model, type) else type(model)).__mro__
    if any(kind.__module__.startswith("megengine.") for kind in kinds):
        from ..bridge.megengine.engine import MegEngine
        from ..bridge.megengine.reader import MegEngineReader

        return MegEngine, MegEngineReader
    if find_spec("torch") is None:
        raise ImportError(
            "watch() is for models of PyTorch, which is not installed (pip install "
            f"fineopt[torch]), or of MegEngine; this is a {type(model).__name__}. A fineopt "
            "network is recorded by its Trainer"
        )
    from ..bridge.torch.engine import TorchEngine
    from ..bridge.torch.steps import TorchReader

    return TorchEngine, TorchReader


def _as_schedulers(schedulers: Any) -> list[Any]:
    """Return a list of schedulers.

    Raises:
        TypeError: if one is a class, or has no state.
    """
    one = isinstance(schedulers, type) or not hasattr(schedulers, "__iter__")
    found = [schedulers] if one else list(schedulers)
    for schedule in [] if schedulers is None else found:
        if isinstance(schedule, type) or not hasattr(schedule, "load_state_dict"):
            what = (
                f"the class {schedule.__name__}" if isinstance(schedule, type) else repr(schedule)
            )
            raise TypeError(
                f"schedulers must be schedulers of torch.optim.lr_scheduler or "
                f"MegEngine, not {what}: give one, or a list, such as [StepLR(optimizer, 30)]"
            )
    return [] if schedulers is None else found
