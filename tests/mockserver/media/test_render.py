from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import av
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageStat

from mockserver.media import VideoPlan, encoder, frame_size, render

if TYPE_CHECKING:
    from mockserver.media import Resolution

SHOTS: Final = (("A fox walks through fresh snow", 1), ("The fox looks up", 2))


@dataclass(frozen=True)
class Video:
    """What a player finds in a file."""

    duration: float
    codec: str
    size: tuple[int, int]
    video_duration: Fraction
    times: tuple[Fraction, ...]
    pictures: tuple[Image.Image, ...]
    key_frames: tuple[int, ...]
    sound_duration: Fraction | None

    def at(self, second: float) -> Image.Image:
        """Return what is to be seen at a time."""
        return self.pictures[sum(time <= second for time in self.times) - 1]


def play(data: bytes) -> Video:
    with av.open(io.BytesIO(data)) as container:
        assert container.duration is not None
        stream = container.streams.video[0]
        frames = list(container.decode(stream))
        sound = container.streams.audio[0] if container.streams.audio else None
        return Video(
            duration=container.duration / 1_000_000,
            codec=stream.codec_context.name,
            size=(stream.width, stream.height),
            video_duration=length(stream.duration, stream.time_base),
            times=tuple(Fraction(frame.pts or 0) * frame.time_base for frame in frames),
            pictures=tuple(frame.to_image() for frame in frames),
            key_frames=tuple(index for index, frame in enumerate(frames) if frame.key_frame),
            sound_duration=length(sound.duration, sound.time_base) if sound else None,
        )


def length(duration: int | None, base: Fraction | None) -> Fraction:
    assert duration is not None
    assert base is not None
    return duration * base


def pitches(data: bytes) -> list[float]:
    """Count the waves in each second of sound, by its rising passages through zero."""
    with av.open(io.BytesIO(data)) as container:
        samples = b"".join(bytes(frame.planes[0])[: frame.samples * 4] for frame in container.decode(audio=0))
    values = memoryview(samples).cast("f").tolist()
    rate = encoder.SAMPLE_RATE
    seconds = [values[start : start + rate] for start in range(0, len(values) - rate // 2, rate)]
    return [sum(a < 0 <= b for a, b in pairwise(second)) for second in seconds]


def picture(width: int, height: int, colour: str = "orange") -> Image.Image:
    image = Image.new("RGB", (width, height), "steelblue")
    draw = ImageDraw.Draw(image)
    draw.ellipse((width * 0.1, height * 0.2, width * 0.6, height * 0.9), colour)
    draw.rectangle((width * 0.7, 0, width, height * 0.3), "crimson")
    return image


def encoded(image: Image.Image, format: str = "PNG") -> bytes:  # noqa: A002
    out = io.BytesIO()
    image.save(out, format)
    return out.getvalue()


def difference(one: Image.Image, other: Image.Image) -> float:
    """Return the mean difference of two pictures, 0 to 255, after blurring away what encoding adds."""
    pair = [image.resize(one.size).filter(ImageFilter.BoxBlur(2)) for image in (one, other)]
    means: list[float] = ImageStat.Stat(ImageChops.difference(*pair)).mean
    return sum(means) / 3


def test_a_plain_video() -> None:
    data = render(VideoPlan(3, SHOTS))
    video = play(data)
    assert video.codec == "h264"
    assert video.size == (1280, 720)
    assert (video.duration, video.video_duration) == (3, 3)
    assert [float(time) for time in video.times] == [0, 0.25, 0.5, 1, 1.5, 2, 2.5, 2.75]
    assert video.sound_duration is None
    assert data[4:8] == b"ftyp"
    assert data.index(b"moov") < data.index(b"mdat")


def test_it_starts_on_the_first_image_and_ends_on_the_last() -> None:
    first, last = picture(640, 480), picture(640, 480, "green")
    video = play(render(VideoPlan(3, SHOTS, first_frame=encoded(first), last_frame=encoded(last, "JPEG"))))
    assert video.size == frame_size(4 / 3, "720p")
    assert difference(first, video.pictures[0]) < 2
    assert difference(last, video.pictures[-1]) < 2
    assert difference(first, last) > 20
    assert difference(last, video.at(2)) > 5


def test_the_last_image_comes_down_only_in_the_second_half_of_the_last_shot() -> None:
    plans = [VideoPlan(3, SHOTS, last_frame=last) for last in (None, encoded(picture(640, 360)))]
    without, with_last = (play(render(plan)) for plan in plans)
    same = {second: difference(without.at(second), with_last.at(second)) < 1 for second in (0, 1, 1.5, 2, 2.5, 2.75)}
    assert same == {0: True, 1: True, 1.5: True, 2: False, 2.5: False, 2.75: False}


def test_shots_differ_and_start_on_frames_that_can_be_jumped_to() -> None:
    shots = tuple((f"Take {number}", 1) for number in range(6))
    video = play(render(VideoPlan(6, shots, first_frame=encoded(picture(320, 180)))))
    views = [video.at(number + 0.5) for number in range(6)]
    for index, view in enumerate(views):
        for other in views[index + 1 :]:
            assert difference(view.crop((0, 0, 1280, 500)), other.crop((0, 0, 1280, 500))) > 5
    assert {video.times.index(Fraction(second)) for second in range(6)} <= set(video.key_frames)


def test_number_and_prompt_of_a_shot_are_burnt_in() -> None:
    image = encoded(picture(320, 180))
    texts = (("One prompt", 1),), (("Another one", 1),), (("", 1),)
    bands = [play(render(VideoPlan(1, shots, first_frame=image))).at(0.25).crop((0, 600, 1280, 690)) for shots in texts]
    for band, other in ((0, 1), (1, 2), (0, 2)):
        assert difference(bands[band], bands[other]) > 0.5
    assert bands[0].convert("L").getextrema()[1] > 200


def test_the_clock_runs() -> None:
    strips = [view.crop((0, 694, 1280, 720)).convert("L") for view in play(render(VideoPlan(3, SHOTS))).pictures]
    lit = [sum(strip.histogram()[200:]) for strip in strips]
    assert all(earlier < later for earlier, later in pairwise(lit))


def test_sound_is_a_tone_for_each_shot() -> None:
    data = render(VideoPlan(3, SHOTS, sound=True))
    video = play(data)
    assert (video.duration, video.video_duration, video.sound_duration) == (3, 3, 3)
    first, second, third = pitches(data)
    assert first == pytest.approx(375, abs=8)
    assert second == pytest.approx(422, abs=8)
    assert third == pytest.approx(422, abs=8)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seconds=st.integers(1, 4),
    shots=st.lists(st.tuples(st.text(max_size=80), st.integers(1, 3)), min_size=1, max_size=4),
    width=st.integers(1, 400),
    height=st.integers(1, 400),
    sound=st.booleans(),
    last=st.sampled_from([None, "https://example.test/end.png", b"no image"]),
)
@example(seconds=1, shots=[("\ud800\0\u2028\U0001f98a\u202e\u0301" * 9, 1)], width=1, height=400, sound=True, last="[")
@example(seconds=60, shots=[("雪の中の狐が遠くの列車を聞く。" * 40, 1)] * 2, width=4, height=3, sound=True, last=None)
def test_any_plan_gives_a_playable_video_of_its_length(
    seconds: int,
    shots: list[tuple[str, int]],
    width: int,
    height: int,
    sound: bool,
    last: bytes | str | None,
) -> None:
    first = encoded(picture(width, height))
    plan = VideoPlan(seconds, tuple(shots), first_frame=first, last_frame=last, sound=sound)
    video = play(render(plan))
    assert (video.duration, video.video_duration) == (seconds, seconds)
    assert video.sound_duration == (seconds if sound else None)
    assert video.size == frame_size(width / height, "720p")
    assert all(video.pictures)
    assert video.times[-1] == seconds - Fraction(1, 4)


def test_the_same_plan_gives_the_same_bytes_in_every_process() -> None:
    program = """
        import hashlib, io
        from PIL import Image
        from mockserver.media import VideoPlan, render
        out = io.BytesIO()
        Image.radial_gradient("L").save(out, "png")
        plan = VideoPlan(2, (("a", 1), ("b", 1)), "720p", out.getvalue(), "https://x.test/y", sound=True)
        print(hashlib.sha256(render(plan)).hexdigest())
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    digest = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603
    first = encoded(Image.radial_gradient("L"))
    plan = VideoPlan(2, (("a", 1), ("b", 1)), "720p", first, "https://x.test/y", sound=True)
    assert [hashlib.sha256(render(plan)).hexdigest() for _ in range(2)] == [digest, digest]


@pytest.mark.parametrize("resolution", ["720p", "1080p"])
def test_five_seconds_stay_small_even_of_noise(resolution: Resolution) -> None:
    noise = encoded(Image.effect_noise((640, 360), 200).resize((1280, 720), Image.Resampling.NEAREST))
    plan = VideoPlan(5, (("a", 2), ("b", 3)), resolution, noise, noise, sound=True)
    assert len(render(plan)) < {"720p": 300_000, "1080p": 675_000}[resolution]


def test_an_upright_photo_stays_upright() -> None:
    lying = picture(640, 360).transpose(Image.Transpose.ROTATE_90)
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise by a quarter
    lying.save(out, "JPEG", exif=exif)
    video = play(render(VideoPlan(1, (("a", 1),), first_frame=out.getvalue())))
    assert video.size == (1280, 720)
    assert difference(picture(640, 360), video.pictures[0]) < 3


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "RGBA"])
def test_every_kind_of_png_can_be_drawn(mode: str) -> None:
    image = picture(64, 64).convert("L").convert("I;16") if mode == "I;16" else picture(64, 64).convert(mode)
    assert play(render(VideoPlan(1, (("a", 1),), first_frame=encoded(image)))).size == (960, 960)


def test_damaged_images_become_a_placeholder_that_says_so() -> None:
    whole = encoded(picture(640, 360))
    plain = play(render(VideoPlan(1, (("a", 1),)))).pictures[0]
    damaged = [
        b"",
        b"no image",
        whole[:40],
        whole[: len(whole) // 2],
        whole[:33] + bytes(900),
        whole[:18] + b"\x7f" * 300,
    ]
    for data in damaged:
        video = play(render(VideoPlan(1, (("a", 1),), first_frame=data)))
        assert video.duration == 1
        assert difference(plain, video.pictures[0]) > 1


def test_a_url_is_named_on_its_placeholder_without_its_query() -> None:
    def words(url: str) -> Image.Image:
        view = play(render(VideoPlan(1, (("a", 1),), first_frame=url))).pictures[0]
        return view.crop((200, 200, 1080, 330)).convert("L").point([0] * 170 + [255] * 86)

    plain, signed, other = map(
        words, ("https://x.test/fox.png", "https://x.test/fox.png?sig=123", "https://x.test/owl")
    )
    assert difference(plain, signed) < 0.2 < difference(plain, other)


def test_without_x264_another_codec_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "CODECS", ("mpeg4",))
    video = play(render(VideoPlan(3, SHOTS, first_frame=encoded(picture(640, 360)), sound=True)))
    assert (video.codec, video.duration, video.size) == ("mpeg4", 3, (1280, 720))
    assert difference(picture(640, 360), video.pictures[0]) < 4


def test_a_last_frame_alone_gives_the_video_its_aspect() -> None:
    tall, wide = encoded(picture(300, 600)), encoded(picture(600, 300))
    plan = VideoPlan(1, (("A fox", 1),), last_frame=tall)
    video = play(render(plan))
    assert video.size == frame_size(0.5, "720p")
    given = picture(300, 600).resize(video.size)
    assert ImageStat.Stat(ImageChops.difference(video.pictures[-1], given)).rms < [12] * 3
    assert play(render(VideoPlan(1, (("A fox", 1),), first_frame=wide, last_frame=tall))).size == frame_size(2, "720p")
    assert play(render(VideoPlan(1, (("A fox", 1),), last_frame="https://x.test/a.png"))).size == (1280, 720)
