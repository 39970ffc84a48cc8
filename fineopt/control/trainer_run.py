"""A trainer's run, and the one player that it has."""

from __future__ import annotations

import math
from weakref import WeakValueDictionary

from ..parallel import one_blas_thread
from ..training.trainer import Trainer
from .playing.player import Halt, Player

__all__ = ["TrainerRun", "player_of"]


class TrainerRun:
    """What a player plays of a trainer.

    Args:
        trainer: what is trained.

    ``until`` is the epoch at whose beginning it stops; None for none.
    """

    def __init__(self, trainer: Trainer) -> None:
        self.trainer = trainer
        self.until: int | None = None

    def step(self) -> bool:
        """Train on one mini-batch; return whether to go on.

        Raises:
            Halt: at a loss that is NaN or infinite.
        """
        loss = self.trainer.step()
        if not math.isfinite(loss):
            raise Halt(f"the loss is {loss}. Reset, and a smaller lr")
        return self.until is None or self.trainer.epoch < self.until

    def moves(self) -> set[int]:
        """Return the ids of the parameters; of two trainers that share any, one plays."""
        held = [p for group in self.trainer.optimizer.param_groups for p in group["params"]]
        return {id(p) for p in (*self.trainer.parameters.values(), *held)}


class TrainerPlayer(Player):
    """A player of a trainer; get it from `player_of`."""

    run: TrainerRun


# by the id of the trainer, which a player keeps alive: so no id is used again in the meantime
_players: WeakValueDictionary[int, TrainerPlayer] = WeakValueDictionary()


def player_of(trainer: Trainer) -> TrainerPlayer:
    """Return the trainer's player; a new one if nobody follows or plays it now.

    >>> from fineopt import models, optimizer
    >>> net = models.LeNet()
    >>> trainer = Trainer(net, optimizer.SGD(net.parameters(), lr=0.05), iter([]))
    >>> player = player_of(trainer)
    >>> player_of(trainer) is player
    True
    """
    player = _players.get(id(trainer))
    if player is None:
        player = _players[id(trainer)] = TrainerPlayer(TrainerRun(trainer), one_blas_thread)
    return player


def forget(player: TrainerPlayer) -> None:
    """Let the trainer have a new player, once nobody follows this one."""
    if not player.followers and not player.playing:
        _players.pop(id(player.run.trainer), None)
