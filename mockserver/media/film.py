"""The drawing of a plan, frame by frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from mockserver.media import stills
from mockserver.media.canvas import BLACK, GREY, WHITE, Canvas, picture_frame
from mockserver.media.encoder import TICKS, Movie
from mockserver.media.plan import frame_size

if TYPE_CHECKING:
    from mockserver.media.plan import VideoPlan


def shoot(plan: VideoPlan) -> bytes:
    """Draw and encode the video of a plan, as `render` describes it."""
    film = _Film(plan)
    with Movie(film.size, plan.seconds, sound=plan.sound) as movie:
        for number, (_, start, end) in enumerate(plan.cuts(), 1):
            film.begin_shot(number)
            for second in range(start, end):
                for tick in film.moments(second):
                    film.draw(tick)
                    movie.add_frame(film.canvas.frame, tick, seekable=tick == start * TICKS)
                if plan.sound:
                    movie.add_tone(number, second + 1)
    return movie.data


class _Film:
    """The canvas of one plan, drawn as it is to look at each tick."""

    def __init__(self, plan: VideoPlan) -> None:
        given = [stills.aspect_ratio(one) for one in (plan.first_frame, plan.last_frame) if isinstance(one, bytes)]
        self.size = frame_size(next(filter(None, given), plan.aspect_ratio), plan.resolution)
        self.canvas = Canvas(self.size)
        self._plan = plan
        self._cuts = plan.cuts()
        self._last_tick = plan.seconds * TICKS - 1
        self._number = 0
        self._opening = stills.still(plan.first_frame, self.size, "first frame", plan.shots[0][0])
        self._ending = None
        if plan.last_frame is not None:
            self._ending = picture_frame(stills.still(plan.last_frame, self.size, "last frame", ""))
        self._clock = _Clock(self.size, plan.seconds, tuple(start for _, start, _ in self._cuts))

    def begin_shot(self, number: int) -> None:
        """Put up the picture of a shot, counted from 1."""
        prompt, start, end = self._cuts[number - 1]
        title = f"Shot {number} of {len(self._cuts)} · {end - start} s"
        view = stills.scene(self._opening, number)
        self._view = picture_frame(stills.caption(view, title, prompt, self._clock.height))
        self._number = number

    def moments(self, second: int) -> list[int]:
        """Return the ticks of a second at which the picture changes.

        That is every other one, so that frames last and are few; the opening and the closing frame
        alone are as short as can be.
        """
        ticks = range(second * TICKS, (second + 1) * TICKS)
        return [tick for tick in ticks if tick % 2 == 0 or tick in (1, self._last_tick)]

    def draw(self, tick: int) -> None:
        """Draw what is to be seen at a tick."""
        height = self.size[1]
        if tick == 0 and self._plan.first_frame is not None:
            self.canvas.copy_rows(picture_frame(self._opening), 0, height)
            return
        self.canvas.copy_rows(self._view, 0, height)
        self.canvas.draw_grey(self._clock.picture(tick, self.canvas.row_bytes), height - self._clock.height)
        if self._ending is not None:
            self.canvas.copy_rows(self._ending, 0, self._curtain(tick))

    def _curtain(self, tick: int) -> int:
        """Return how many rows the last image covers: from the middle of the last shot, all at the end."""
        _, start, end = self._cuts[-1]
        middle = (start + end) * TICKS // 2
        if self._number < len(self._cuts) or tick < middle:
            return 0
        share = (tick - middle + 1) / (self._last_tick - middle + 1)
        return self.size[1] if tick == self._last_tick else round(self.size[1] * share / 2) * 2


class _Clock:
    """A strip in grey with the time gone and a bar that has a mark where each shot begins."""

    def __init__(self, size: tuple[int, int], seconds: int, starts: tuple[int, ...]) -> None:
        self._width, self.height = size[0], 2 * round(min(size) * 0.02)
        self._seconds = seconds
        self._starts = starts
        self._font = ImageFont.load_default(self.height * 0.75)
        self._left = round(self._font.getlength(f"00.00 / {seconds} s ")) + self.height

    def picture(self, tick: int, width: int) -> Image.Image:
        """Return the strip of a tick, filled up to `width`."""
        now = tick / TICKS
        strip = Image.new("L", (width, self.height), BLACK)
        draw = ImageDraw.Draw(strip)
        label = f"{now:.2f} / {self._seconds} s"
        draw.text((self.height // 2, self.height // 2), label, WHITE, self._font, anchor="lm")
        top, bottom = self.height // 3, self.height * 2 // 3
        draw.rectangle((self._left, top, self._at(self._seconds), bottom), GREY)
        draw.rectangle((self._left, top, self._at(now + 1 / TICKS), bottom), WHITE)
        for start in self._starts[1:]:
            draw.rectangle((self._at(start) - 2, 0, self._at(start) + 1, self.height), BLACK)
        return strip

    def _at(self, second: float) -> int:
        right = self._width - self.height
        return self._left + round((right - self._left) * second / self._seconds)
