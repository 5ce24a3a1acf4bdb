from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.media import Resolution, Shot, VideoPlan, frame_size

resolutions = st.sampled_from(get_args(Resolution))
shots = st.lists(st.tuples(st.text(max_size=30), st.integers(1, 20)), min_size=1, max_size=6).map(tuple)
frames = st.none() | st.binary(max_size=20) | st.text(max_size=20)
plans = st.builds(
    VideoPlan,
    seconds=st.integers(1, 60),
    shots=shots,
    resolution=resolutions,
    first_frame=frames,
    last_frame=frames,
    aspect_ratio=st.floats(0.1, 10),
    sound=st.booleans(),
)


@pytest.mark.parametrize(
    ("ratio", "resolution", "size"),
    [
        (16 / 9, "720p", (1280, 720)),
        (9 / 16, "720p", (720, 1280)),
        (1, "720p", (960, 960)),
        (16 / 9, "1080p", (1920, 1080)),
        (9 / 16, "1080p", (1080, 1920)),
        (1, "1080p", (1440, 1440)),
        (100, "720p", (1920, 480)),
        (0.01, "720p", (480, 1920)),
    ],
)
def test_sizes_of_common_ratios(ratio: float, resolution: Resolution, size: tuple[int, int]) -> None:
    assert frame_size(ratio, resolution) == size


@given(ratio=st.floats(0.25, 4), resolution=resolutions)
def test_sizes_are_even_and_keep_ratio_and_area(ratio: float, resolution: Resolution) -> None:
    width, height = frame_size(ratio, resolution)
    assert width % 2 == height % 2 == 0
    assert width / height == pytest.approx(ratio, rel=0.005)
    assert width * height == pytest.approx({"720p": 1280 * 720, "1080p": 1920 * 1080}[resolution], rel=0.005)


@given(plans)
def test_cuts_fill_the_video_exactly(plan: VideoPlan) -> None:
    cuts = plan.cuts()
    assert [start for _, start, _ in cuts] == [0] + [end for _, _, end in cuts[:-1]]
    assert cuts[-1][2] == plan.seconds
    assert all(start < end for _, start, end in cuts)
    assert [prompt for prompt, _, _ in cuts] == [prompt for prompt, _ in plan.shots[: len(cuts)]]
    if sum(seconds for _, seconds in plan.shots) == plan.seconds:
        assert [end - start for _, start, end in cuts] == [seconds for _, seconds in plan.shots]


@given(plans, plans)
def test_keys_are_equal_for_equal_plans_alone(one: VideoPlan, other: VideoPlan) -> None:
    assert one.key == replace(one).key
    assert (one.key == other.key) == (one == other)


def test_every_part_of_a_plan_is_in_its_key() -> None:
    plan = VideoPlan(5, (("a", 2), ("b", 3)))
    others = [
        replace(plan, seconds=6),
        replace(plan, shots=(("a", 3), ("b", 2))),
        replace(plan, shots=(("a", 2), ("c", 3))),
        replace(plan, shots=(("a", 2), ("b", 3), ("", 1))),
        replace(plan, resolution="1080p"),
        replace(plan, first_frame=b""),
        replace(plan, first_frame=""),
        replace(plan, first_frame=b"x"),
        replace(plan, first_frame="x"),
        replace(plan, last_frame=b"x"),
        replace(plan, aspect_ratio=1),
        replace(plan, sound=True),
    ]
    assert len({plan.key, *(other.key for other in others)}) == 1 + len(others)
    assert replace(plan, aspect_ratio=1).key == replace(plan, aspect_ratio=1.0).key


def test_a_key_stays_the_same_from_run_to_run() -> None:
    plan = VideoPlan(5, (("a", 2), ("b\ud800", 3)), "1080p", b"x", "https://example.test/y", 1.5, sound=True)
    assert plan.key == "3e041c86bf6548e8a1d32a68620c74127983867c537ece1bd26b36db489529dd"


@pytest.mark.parametrize(
    ("seconds", "shots", "ratio", "message"),
    [
        (0, (("a", 1),), 1, "1 to 60 seconds"),
        (61, (("a", 61),), 1, "1 to 60 seconds"),
        (5, (), 1, "at least one shot"),
        (5, (("a", 5), ("b", 0)), 1, "at least 1 second"),
        (5, (("a", 5),), 0, "aspect ratio"),
        (5, (("a", 5),), float("nan"), "aspect ratio"),
        (5, (("a", 5),), float("inf"), "aspect ratio"),
    ],
)
def test_impossible_plans_are_refused(seconds: int, shots: tuple[Shot, ...], ratio: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        VideoPlan(seconds, shots, aspect_ratio=ratio)


def test_images_do_not_stand_in_a_plans_repr() -> None:
    assert "secret" not in repr(VideoPlan(5, (("a", 5),), first_frame="https://x.test/?sig=secret"))
