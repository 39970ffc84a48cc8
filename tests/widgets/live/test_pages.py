"""Which pages are worth sending to: those that are seen and keep up."""

from __future__ import annotations

from fineopt.widgets.live.pages import AHEAD, MOST, Pages


class Sender:
    """Sends ten frames a second, if any page is ready; the page "a" acknowledges at intervals."""

    def __init__(self) -> None:
        self.pages, self.now, self.frame = Pages(), 0.0, 0

    def run(self, seconds: float, acknowledge: float = 0) -> int:
        before, last = self.frame, self.now
        for _ in range(round(seconds * 10)):
            self.now += 0.1
            if acknowledge and self.now - last >= acknowledge - 1e-9:
                last = self.now
                self.pages.acknowledge("a", self.frame)
            if self.pages.ready(self.now):
                self.frame += 1
                self.pages.sent(self.frame, self.now)
        return self.frame - before


def test_nothing_is_sent_before_a_page_is_seen() -> None:
    assert Sender().run(10) == 0


def test_a_page_that_acknowledges_four_times_a_second_gets_every_frame() -> None:
    sender = Sender()
    sender.pages.hello("a")
    assert sender.run(10, acknowledge=0.25) == 100


def test_a_page_that_never_acknowledges_gets_a_second_of_frames() -> None:
    sender = Sender()
    sender.pages.hello("a")
    assert sender.run(100) <= 10 * AHEAD + 1
    assert sender.pages.acknowledge("a", sender.frame), "it was only slow: it gets a whole scene"
    assert sender.run(1) > 0


def test_a_slow_page_is_lost_and_found_again_and_again() -> None:
    sender = Sender()
    sender.pages.hello("a")
    assert sender.run(30, acknowledge=3.0) <= 10 * 12


def test_a_page_that_is_gone_does_not_hold_up_another() -> None:
    sender = Sender()
    for page in ("gone", "a"):
        sender.pages.hello(page)
    assert sender.run(10, acknowledge=0.25) == 100


def test_a_sleeping_page_gets_nothing_until_it_looks() -> None:
    sender = Sender()
    sender.pages.hello("a")
    sender.pages.sleep("a")
    assert sender.run(10, acknowledge=0.25) == 0  # an acknowledgement was on its way
    sender.pages.hello("a")
    assert sender.run(1, acknowledge=0.25) == 10


def test_an_acknowledgement_of_the_past_or_the_future_counts_for_nothing() -> None:
    sender = Sender()
    sender.pages.hello("a")
    sender.run(0.5)
    sender.pages.acknowledge("a", 10**9)
    sender.pages.acknowledge("a", -1)
    sender.pages.acknowledge("nobody", 3)
    assert sender.run(100) <= 10 * AHEAD + 1


def test_pages_that_are_gone_are_forgotten_and_long_runs_do_not_grow() -> None:
    sender = Sender()
    sender.pages.hello("a")
    for page in range(200):
        sender.pages.hello(f"page {page}")
        sender.run(2, acknowledge=0.25)
    pages = sender.pages
    assert len(pages._awake) <= MOST
    assert len(pages._lost) <= MOST
    assert len(pages._sent) <= 10 * AHEAD + 1


def test_a_page_off_the_screen_gets_a_frame_a_second_and_the_last_one() -> None:
    sender = Sender()
    sender.pages.hello("a")
    sender.pages.idle("a", True)
    assert 9 <= sender.run(10, acknowledge=0.25) <= 11
    assert sender.pages.ready(sender.now, final=True)
    sender.pages.idle("a", False)
    assert sender.run(10, acknowledge=0.25) == 100
    sender.pages.idle("nobody", True)
    assert sender.run(10, acknowledge=0.25) == 100
