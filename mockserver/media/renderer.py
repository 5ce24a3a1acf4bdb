"""Plan in, MP4 out; and what was rendered, kept for as long as there is room."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from mockserver.media.plan import VideoPlan


def render(plan: VideoPlan) -> bytes:
    """Draw and encode the video of a plan: an MP4 with its index first.

    The first frame is the given first image untouched, the last frame the given last image. Between them
    each shot has its own view and tint, with its number and prompt at the bottom and a running clock below;
    the last image comes down over the second half of the last shot. With sound, each shot has its own tone.
    """
    from mockserver.media.film import shoot  # Pillow and PyAV load in 0.2 s: a mock may never need them

    return shoot(plan)


class Renderer:
    """Renders plans and keeps the results, up to `limit` bytes, those used last; safe to share by threads.

    One video is rendered at a time, so that many requests at once neither render the same plan twice nor
    take all cores and memory. A kept video is returned without waiting for others.
    """

    def __init__(self, limit: int = 64_000_000, draw: Callable[[VideoPlan], bytes] = render) -> None:
        self._limit = limit
        self._draw = draw
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0
        self._keeping = threading.Lock()
        self._rendering = threading.Lock()

    def video(self, plan: VideoPlan) -> bytes:
        """Return the MP4 of a plan, rendering it if it is not kept."""
        found = self._find(plan.key)
        if found is not None:
            return found
        with self._rendering:
            found = self._find(plan.key)  # it may have been rendered while this call waited
            if found is None:
                found = self._draw(plan)
                self._keep(plan.key, found)
        return found

    @property
    def kept_bytes(self) -> int:
        """How many bytes of video are kept now."""
        return self._bytes

    def _find(self, key: str) -> bytes | None:
        with self._keeping:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def _keep(self, key: str, data: bytes) -> None:
        if len(data) > self._limit:
            return
        with self._keeping:
            self._kept[key] = data
            self._bytes += len(data)
            while self._bytes > self._limit:
                _, dropped = self._kept.popitem(last=False)
                self._bytes -= len(dropped)
