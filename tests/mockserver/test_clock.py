from __future__ import annotations

import pytest

from mockserver.clock import END, FASTEST, START, Clock


def test_a_manual_clock_moves_by_hand_alone():
    clock = Clock.manual()
    assert clock.now() == clock.now() == START
    clock.seen(START + 50)
    assert clock.advance(30) == clock.now() == START + 30


def test_a_stepping_clock_goes_from_change_to_change_until_it_is_taken_over():
    clock = Clock.steps()
    clock.seen(START + 9)
    clock.seen(START + 5)
    clock.seen(None)
    assert clock.now() == START + 9
    clock.advance(1)
    clock.seen(START + 100)
    assert clock.now() == START + 10


def test_a_scaled_clock_is_faster_and_keeps_its_time_when_the_speed_changes():
    real = [100.0]
    clock = Clock(60, real=lambda: real[0])
    real[0] += 2
    assert clock.now() == 220
    clock.speed = 0
    real[0] += 1000
    assert clock.now() == 220
    clock.speed = 1
    real[0] += 5
    assert clock.now() == 225
    clock.advance(10)
    assert clock.now() == 235


@pytest.mark.parametrize("speed", [float("inf"), float("nan"), FASTEST + 1])
def test_no_clock_runs_faster_than_can_be_told(speed):
    with pytest.raises(ValueError, match="0 to 1,000,000"):
        Clock(speed)
    with pytest.raises(ValueError, match="0 to 1,000,000"):
        Clock().speed = speed


@pytest.mark.parametrize("seconds", [float("inf"), float("nan")])
def test_no_clock_is_moved_for_ever(seconds):
    clock = Clock.steps()
    with pytest.raises(ValueError, match="for ever"):
        clock.advance(seconds)
    assert clock.stepping
    assert clock.advance(1e300) == END


def test_no_clock_runs_backwards():
    with pytest.raises(ValueError, match="backwards"):
        Clock(-1)
    with pytest.raises(ValueError, match="set back"):
        Clock().advance(-1)
    with pytest.raises(ValueError, match="backwards"):
        Clock().speed = -2
