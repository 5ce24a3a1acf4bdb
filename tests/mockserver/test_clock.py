from __future__ import annotations

import pytest

from mockserver.clock import START, Clock


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


def test_no_clock_runs_backwards():
    with pytest.raises(ValueError, match="backwards"):
        Clock(-1)
    with pytest.raises(ValueError, match="set back"):
        Clock().advance(-1)
    with pytest.raises(ValueError, match="backwards"):
        Clock().speed = -2
