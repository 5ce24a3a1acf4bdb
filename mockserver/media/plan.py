"""What is to be seen in a video, as data."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal, TypeAlias

Resolution: TypeAlias = Literal["720p", "1080p"]
Shot: TypeAlias = tuple[str, int]
"""A prompt and the seconds it lasts."""

_PIXELS: Final = {"720p": 1280 * 720, "1080p": 1920 * 1080}
_WIDEST: Final = 4.0
_LONGEST: Final = 60
_DRAWING: Final = b"reelspec video 2"  # change it when plans are drawn in another way: it starts every key


def frame_size(aspect_ratio: float, resolution: Resolution) -> tuple[int, int]:
    """Return even (width, height) in pixels for a ratio width / height.

    Every ratio gets the area of the 16:9 frame, so 720p is 1280x720, 720x1280 or 960x960 and 1080p is
    1920x1080, 1080x1920 or 1440x1440. Ratios are kept between 1:4 and 4:1.
    """
    ratio = min(max(aspect_ratio, 1 / _WIDEST), _WIDEST)
    pixels = _PIXELS[resolution]
    return 2 * round(math.sqrt(pixels * ratio) / 2), 2 * round(math.sqrt(pixels / ratio) / 2)


@dataclass(frozen=True)  # without slots: the key is computed once, on demand
class VideoPlan:
    """One video: 1 to 60 whole seconds, its shots in order, the frames it starts and ends on.

    A frame is the bytes of an image file; or, as a str, the URL of one that was not fetched (a placeholder
    saying so is drawn); or None where the request has no such frame. `aspect_ratio` (width / height) counts
    where neither frame gives one. Shots that together are longer than the video are cut off at its end; when they
    are shorter the last one is drawn out. Raises ValueError for impossible plans.
    """

    seconds: int
    shots: tuple[Shot, ...]
    resolution: Resolution = "720p"
    first_frame: bytes | str | None = field(default=None, repr=False)
    last_frame: bytes | str | None = field(default=None, repr=False)
    aspect_ratio: float = 16 / 9
    sound: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.seconds <= _LONGEST:
            raise ValueError(f"a video lasts 1 to {_LONGEST} seconds, not {self.seconds}")
        if not self.shots:
            raise ValueError("a video has at least one shot")
        if any(seconds < 1 for _, seconds in self.shots):
            raise ValueError("a shot lasts at least 1 second")
        if self.resolution not in _PIXELS:
            raise ValueError(f"a video is in {' or '.join(_PIXELS)}, not {self.resolution}")
        if not 0 < self.aspect_ratio < math.inf:
            raise ValueError(f"the aspect ratio must be above 0, not {self.aspect_ratio}")

    @cached_property
    def key(self) -> str:
        """64 hex digits that are equal for equal plans, and differ otherwise."""
        numbers = f"{self.seconds} {self.resolution} {float(self.aspect_ratio)!r} {bool(self.sound)}"
        parts: list[bytes | str | None] = [_DRAWING, numbers, self.first_frame, self.last_frame]
        for prompt, seconds in self.shots:
            parts += [prompt, str(seconds)]
        digest = hashlib.sha256()
        for part in parts:
            content = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part or b""
            digest.update(f"{type(part).__name__} {len(content)}\n".encode())
            digest.update(content)
        return digest.hexdigest()

    def cuts(self) -> tuple[tuple[str, int, int], ...]:
        """Return prompt, first and end second of each shot, exactly filling the video."""
        cuts: list[tuple[str, int, int]] = []
        start = 0
        for prompt, seconds in self.shots:
            end = min(start + seconds, self.seconds)
            if start < end:
                cuts.append((prompt, start, end))
            start = end
        prompt, start, _ = cuts.pop()
        return (*cuts, (prompt, start, self.seconds))
