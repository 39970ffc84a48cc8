"""Tracks the visible pages of a view, and the newest frame that each has painted."""

from __future__ import annotations

from collections import deque

__all__ = ["ACK_COST", "ACK_EVERY", "AHEAD", "MOST", "Pages"]

# Seconds between acknowledgements, a quarter of what a page may be behind. Each makes the kernel
# say that it is busy, and idle again. Where JupyterLab fetches another icon of the tab for that, a
# run gets 96.1% of a core with 0.25 and 97.0% with 0.49; where it does not, as in `fineopt lab`,
# 97.9% and 98.2% (6 to 10 turns of 4 seconds of each, on two processors).
ACK_EVERY = 0.25
ACK_COST = 0.002  # seconds that each costs the kernel, most of them outside of this package
AHEAD = 1.0  # seconds of frames that a page may be behind before it counts as lost
MOST = 8  # pages tracked, awake or lost: the most recent ones


class Pages:
    """Follows which pages are awake, and how far each has come.

    A page that does not acknowledge for a second is lost: it receives nothing until its next
    message, and then a whole scene.

    >>> pages = Pages()
    >>> pages.hello("a")
    >>> pages.sent(1, now=0.0)
    >>> pages.ready(now=0.9), pages.ready(now=1.1)
    (True, False)
    >>> pages.acknowledge("a", 1), pages.ready(now=1.2)
    (True, True)
    """

    def __init__(self) -> None:
        self._awake: dict[str, int] = {}  # page -> the frame that it painted last
        self._lost: dict[str, None] = {}
        self._idle: set[str] = set()  # awake pages with no view on the screen
        self._sent: deque[tuple[int, float]] = deque()
        self._frame, self._sent_at = 0, 0.0

    def hello(self, page: str) -> None:
        """A page begins, or looks again, and is given a whole scene."""
        self.sleep(page)
        self._awake[page] = self._frame
        for oldest in list(self._awake)[:-MOST]:
            self.sleep(oldest)

    def sleep(self, page: str) -> None:
        """Nobody looks at a page any more."""
        self._awake.pop(page, None)
        self._lost.pop(page, None)
        self._idle.discard(page)

    def idle(self, page: str, idle: bool) -> None:
        """A page's views are scrolled off the screen, or back."""
        if idle and page in self._awake:
            self._idle.add(page)
        else:
            self._idle.discard(page)

    def acknowledge(self, page: str, frame: int) -> bool:
        """A page has painted a frame; return whether it had been lost."""
        lost = page in self._lost
        if lost:
            del self._lost[page]
            self._awake[page] = self._frame
        elif page in self._awake:
            self._awake[page] = max(min(frame, self._frame), self._awake[page])
        return lost

    def sent(self, frame: int, now: float) -> None:
        """A frame is on its way."""
        self._frame, self._sent_at = frame, now
        self._sent.append((frame, now))

    def ready(self, now: float, final: bool = False) -> bool:
        """Return whether a page looks and keeps up.

        Pages whose views are off the screen get a frame a second, and the final one of a pause.
        """
        if not self._awake:
            return False
        oldest = min(self._awake.values())
        while self._sent and self._sent[0][0] <= oldest:
            self._sent.popleft()
        late = [frame for frame, at in self._sent if now - at > AHEAD]
        for page in [p for p, painted in self._awake.items() if late and painted < late[-1]]:
            del self._awake[page]
            self._lost[page] = None
        for oldest_lost in list(self._lost)[:-MOST]:
            self.sleep(oldest_lost)
        if not self._awake:
            self._sent.clear()
        if final or not self._awake.keys() <= self._idle:
            return bool(self._awake)
        return bool(self._awake) and now - self._sent_at >= AHEAD
