"""How long a video of the mock takes to make and how large it is: `python benchmarks/video.py`.

Each plan is rendered on one core, without a cache, from a PNG with the detail of a photograph; medians of 5.
"""

from __future__ import annotations

import io
import os
import statistics
import time
from typing import TYPE_CHECKING

from PIL import Image, ImageFilter

from mockserver.media import VideoPlan, render

if TYPE_CHECKING:
    from mockserver.media import Resolution

ROUNDS = 5
SHOTS = ("A fox walks through fresh snow at dawn", "The fox looks up", "A train passes far below")


def photo(width: int, height: int) -> bytes:
    """Draw coarse and fine structure, and a little grain; the same picture each time is not needed here."""
    channels = [
        Image.effect_noise((width // coarse, height // coarse), 110)
        .resize((width, height), Image.Resampling.BICUBIC)
        .filter(ImageFilter.GaussianBlur(2))
        for coarse in (8, 24, 60)
    ]
    grain = Image.effect_noise((width, height), 40).convert("RGB")
    out = io.BytesIO()
    Image.blend(Image.merge("RGB", channels), grain, 0.05).save(out, "png")
    return out.getvalue()


def plan(seconds: int, resolution: Resolution, size: tuple[int, int], *, heavy: bool) -> VideoPlan:
    """Return a plan of one shot with its first frame; a heavy one has three shots, a last frame and sound."""
    prompts = SHOTS if heavy else SHOTS[:1]
    shots = tuple((prompt, seconds // len(prompts)) for prompt in prompts)
    last = photo(*size) if heavy else None
    return VideoPlan(seconds, shots, resolution, photo(*size), last, sound=heavy)


def main() -> None:
    """Print one line for each plan."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    plans = {
        "5 s 720p, one shot": plan(5, "720p", (1280, 720), heavy=False),
        "5 s 720p, three shots, last frame, sound": plan(5, "720p", (1280, 720), heavy=True),
        "15 s 1080p, one shot": plan(15, "1080p", (1920, 1080), heavy=False),
        "15 s 1080p, three shots, last frame, sound": plan(15, "1080p", (1920, 1080), heavy=True),
    }
    for name, one in plans.items():
        seconds, size = [], 0
        for _ in range(ROUNDS):
            start = time.perf_counter()
            size = len(render(one))
            seconds.append(time.perf_counter() - start)
        print(f"{name:45} {statistics.median(seconds):6.3f} s {size / 1000:6.0f} KB")


if __name__ == "__main__":
    main()
