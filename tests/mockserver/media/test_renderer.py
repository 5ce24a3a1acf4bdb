from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.media import Renderer, VideoPlan


def plan(number: int) -> VideoPlan:
    return VideoPlan(1, ((str(number), 1),))


class Drawer:
    """Draws a plan as its prompt's number of bytes, and counts."""

    def __init__(self) -> None:
        self.drawn: Counter[str] = Counter()

    def __call__(self, plan: VideoPlan) -> bytes:
        prompt = plan.shots[0][0]
        self.drawn[prompt] += 1
        return b"x" * int(prompt)


def test_a_video_is_rendered_once() -> None:
    renderer = Renderer()
    first = renderer.video(plan(1))
    assert first[4:8] == b"ftyp"
    assert renderer.video(plan(1)) is first
    assert renderer.kept_bytes == len(first)


def test_the_one_used_longest_ago_goes_first() -> None:
    drawer = Drawer()
    renderer = Renderer(10, drawer)
    for number in (3, 4, 3, 5):
        renderer.video(plan(number))
    assert renderer.kept_bytes == 8
    renderer.video(plan(3))
    renderer.video(plan(4))
    assert drawer.drawn == {"3": 1, "4": 2, "5": 1}


def test_what_is_larger_than_the_limit_is_returned_and_not_kept() -> None:
    renderer = Renderer(10, Drawer())
    renderer.video(plan(5))
    assert len(renderer.video(plan(11))) == 11
    assert renderer.kept_bytes == 5


@given(st.lists(st.integers(0, 12), max_size=40))
def test_the_limit_is_kept_and_answers_are_right(numbers: list[int]) -> None:
    renderer = Renderer(20, Drawer())
    for number in numbers:
        assert len(renderer.video(plan(number))) == number
        assert renderer.kept_bytes <= 20


def test_who_asks_while_the_same_is_rendered_gets_that_one() -> None:
    second_asked = threading.Event()
    drawer = Drawer()

    class Second(VideoPlan):
        @property
        def key(self) -> str:
            second_asked.set()
            return first.key

    def draw(plan: VideoPlan) -> bytes:
        asked.append(pool.submit(renderer.video, Second(plan.seconds, plan.shots)))
        assert second_asked.wait(10)
        return drawer(plan)

    first = plan(7)
    asked: list[Future[bytes]] = []
    renderer = Renderer(1000, draw)
    with ThreadPoolExecutor(1) as pool:
        data = renderer.video(first)
        assert asked[0].result(10) is data
    assert drawer.drawn == {"7": 1}


def test_many_threads_get_what_they_asked_for() -> None:
    drawer = Drawer()
    started = threading.Barrier(8)

    def ask(number: int) -> int:
        started.wait(10)
        return len(renderer.video(plan(number)))

    renderer = Renderer(1000, drawer)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, [7, 8] * 4)) == [7, 8] * 4
    assert drawer.drawn == {"7": 1, "8": 1}


def test_a_kept_video_does_not_wait_for_one_being_rendered() -> None:
    begun, release = threading.Event(), threading.Event()

    def draw(plan: VideoPlan) -> bytes:
        if plan.shots[0][0] == "2":
            begun.set()
            assert release.wait(10)
        return b"x"

    renderer = Renderer(10, draw)
    renderer.video(plan(1))
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(renderer.video, plan(2))
        assert begun.wait(10)
        assert renderer.video(plan(1)) == b"x"
        assert not slow.done()
        release.set()
        assert slow.result(10) == b"x"


def test_a_failure_is_raised_and_the_next_call_tries_again() -> None:
    def draw(plan: VideoPlan) -> bytes:
        attempts.append(plan)
        if len(attempts) == 1:
            raise OSError("out of memory")
        return b"x"

    attempts: list[VideoPlan] = []
    renderer = Renderer(10, draw)
    with pytest.raises(OSError, match="out of memory"):
        renderer.video(plan(1))
    assert renderer.video(plan(1)) == b"x"
