"""The run of a trainer, and its one player."""

from __future__ import annotations

import math
from weakref import WeakValueDictionary

from ...language import say
from ...parallel.limits import one_blas_thread
from ...training.trainer import Trainer
from .player import Player
from .run import Halt

__all__ = ["TrainerRun", "player_of", "release_player"]


class TrainerRun:
    """The run of a trainer, as a player plays it.

    Args:
        trainer: the trainer.

    ``until`` is the epoch before which it stops; None for no end.
    """

    def __init__(self, trainer: Trainer) -> None:
        self.trainer = trainer
        self.until: int | None = None

    def step(self) -> bool:
        """Train on one mini-batch; return whether to go on.

        Raises:
            Halt: if the loss is NaN or infinite.
        """
        loss = self.trainer.step()
        if not math.isfinite(loss):
            raise Halt(
                say(
                    "the loss is NaN, not a number: steps were too long, and further ones cannot "
                    "bring the numbers back. Lower a learning rate, then press Again"
                    if math.isnan(loss)
                    else "the loss is infinite: steps were too long, and further ones cannot bring "
                    "the numbers back. Lower a learning rate, then press Again"
                )
            )
        return self.until is None or self.trainer.epoch < self.until

    def parameter_ids(self) -> set[int]:
        """Return the ids of the parameters: of two trainers that share any, only one plays."""
        optimized = [p for group in self.trainer.optimizer.param_groups for p in group["params"]]
        return {id(p) for p in (*self.trainer.parameters.values(), *optimized)}


# by the id of the trainer, which its player keeps alive, so that the id is not reused meanwhile
_players: WeakValueDictionary[int, Player[TrainerRun]] = WeakValueDictionary()


def player_of(trainer: Trainer) -> Player[TrainerRun]:
    """Return the trainer's player; a new one if it is neither followed nor playing.

    >>> from fineopt import models, optimizer
    >>> net = models.LeNet()
    >>> trainer = Trainer(net, optimizer.SGD(net.parameters(), lr=0.05), iter([]))
    >>> player = player_of(trainer)
    >>> player_of(trainer) is player
    True
    """
    player = _players.get(id(trainer))
    if player is None:
        player = _players[id(trainer)] = Player(TrainerRun(trainer), one_blas_thread)
    return player


def release_player(player: Player[TrainerRun]) -> None:
    """Let the trainer get a new player, once this one is neither followed nor playing."""
    if not player.followers and not player.playing:
        _players.pop(id(player.run.trainer), None)
