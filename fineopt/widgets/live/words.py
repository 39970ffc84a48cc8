"""What a page says beside the scene, in the learner's language."""

from __future__ import annotations

from ...language import say

__all__ = ["page_words"]


def page_words() -> dict[str, str]:
    """Return the texts of the pointer's lines, with fields in braces, which the page fills in.

    >>> page_words()["step"]
    'step {step}'
    """
    step, epoch, number, count, chart = (
        f"{{{name}}}" for name in ("step", "epoch", "number", "count", "chart")
    )
    return {
        "step": say("step {step}", step=step),
        "stepAndEpoch": say("step {step}, epoch {epoch}", step=step, epoch=epoch),
        "cell": say("epoch {epoch}: {number}", epoch=epoch, number=number),
        "faintCell": say("epoch {epoch}: {number}, at lr 0", epoch=epoch, number=number),
        "clickToWatch": say("click to watch it"),
        "nothingYet": say("{chart}: nothing yet", chart=chart),
        "lastEpochs": say("; the last {count} epochs", count=count),
    }
