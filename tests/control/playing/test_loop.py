"""An ActionQueue: when actions run, in which order, and what a failing one does."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import Any

import pytest

from fineopt.control.playing.loop import ActionQueue, let_others_run
from tests.support.waiting import turns, until


def test_actions_run_in_order_on_the_loop_s_thread() -> None:
    async def use() -> None:
        queue, other, done = ActionQueue(), ActionQueue(), list[Any]()
        queue.submit(lambda: done.append((1, threading.current_thread())))
        other.submit(lambda: done.append((2, threading.current_thread())))
        thread = threading.Thread(
            target=queue.submit, args=(lambda: done.append((3, threading.current_thread())),)
        )
        thread.start()
        thread.join()
        assert done == []  # not before the loop is free
        await until(lambda: len(done) == 3)
        assert done == [(i, threading.current_thread()) for i in (1, 2, 3)]

    asyncio.run(use())


def test_pending_actions_run_once_before_a_step() -> None:
    async def use() -> None:
        queue, done = ActionQueue(), list[int]()
        queue.submit(lambda: done.append(1))
        queue.run_pending()  # as a player does before each step
        assert done == [1]
        await turns()
        assert done == [1]

    asyncio.run(use())


def test_a_failing_action_blocks_no_other_and_is_reported() -> None:
    async def use() -> None:
        queue, done, reported = ActionQueue(), list[int](), list[Any]()
        asyncio.get_running_loop().set_exception_handler(lambda _, what: reported.append(what))
        queue.submit(lambda: 1 / 0)
        queue.submit(lambda: done.append(1))
        await until(lambda: done == [1])
        assert isinstance(reported[0]["exception"], ZeroDivisionError)

    asyncio.run(use())


def test_a_function_is_polled_until_it_returns_false_or_the_queue_is_closed() -> None:
    async def use() -> None:
        queue, counts = ActionQueue(), [0, 0]

        def poll(i: int, end: float) -> bool:
            counts[i] += 1
            return counts[i] < end

        queue.poll(0, lambda: poll(0, 3))
        await turns()
        assert counts[0] == 3
        endless = ActionQueue()
        endless.poll(0, lambda: poll(1, float("inf")))
        await until(lambda: counts[1] > 3)
        endless.close()
        await turns(2)
        last = counts[1]
        await turns()
        assert counts[1] == last

    asyncio.run(use())


@pytest.mark.parametrize("hops", [0, 1, 2, 3])
def test_a_message_of_some_turns_is_handled_before_the_next_step(hops: int) -> None:
    async def use() -> None:
        here, there = socket.socketpair()
        loop, done, tasks = asyncio.get_running_loop(), list[str](), list[Any]()

        async def handle() -> None:
            for _ in range(hops):
                await asyncio.sleep(0)
            done.append("handled")

        def read() -> None:  # as a kernel reads a message, and makes a task for it
            here.recv(1)
            tasks.append(loop.create_task(handle()))

        loop.add_reader(here, read)
        for _ in range(3):
            there.send(b"1")  # during a step
            await let_others_run()
            done.append("step")
        loop.remove_reader(here)
        here.close(), there.close()
        assert done == ["handled", "step"] * 3

    asyncio.run(use())


def test_others_that_never_rest_do_not_stop_a_run() -> None:
    async def use() -> None:
        async def restless() -> None:
            while True:
                await asyncio.sleep(0)

        task = asyncio.create_task(restless())
        for _ in range(20):
            await let_others_run()
        task.cancel()

    asyncio.run(use())
