"""The words of a timeline's strip."""

from __future__ import annotations

from ...language import say

__all__ = ["strip_words"]


def strip_words() -> dict[str, str]:
    """Return the words that the page shows, in the language that is set.

    >>> strip_words()["rewind"]
    'Rewind'
    """
    return {
        "title": say("Timeline"),
        "rewind": say("Rewind"),
        "rewindHint": say("take the run back to the snapshot that is picked"),
        "branch": say("Branch"),
        "branchHint": say("begin a branch where the run stands, or at the snapshot that is picked"),
        "pick": say("Pick a snapshot: click it, or use the arrow keys; Enter rewinds to it."),
        "picked": say("picked"),
        "stands": say("the run stands on"),
        "show": say("show in the charts"),
        "name": say("name of the branch"),
        "snapshots": say("snapshots of"),
        "remove": say("Remove"),
        "removeHint": say("remove this branch and its snapshots"),
        "sure": say("Sure?"),
    }
