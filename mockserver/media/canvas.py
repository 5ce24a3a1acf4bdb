"""A video frame that is drawn on by rows, without converting the whole picture for each frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import av

if TYPE_CHECKING:
    from PIL import Image

BLACK, GREY, WHITE = 16, 110, 235  # brightness in video range
_NO_COLOUR: Final = b"\x80"


class Canvas:
    """A yuv420p frame: a plane of brightness, and two of colour with half its rows and columns."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.frame = av.VideoFrame(*size, "yuv420p")

    @property
    def row_bytes(self) -> int:
        """Bytes of one row of brightness, which may be more than the width."""
        return self.frame.planes[0].line_size

    def copy_rows(self, source: av.VideoFrame, top: int, bottom: int) -> None:
        """Copy the rows from `top` up to `bottom`, both even, of a frame of the same size."""
        for plane, original, share in zip(self.frame.planes, source.planes, (1, 2, 2), strict=True):
            rows = slice(top // share * plane.line_size, bottom // share * plane.line_size)
            memoryview(plane)[rows] = memoryview(original)[rows]

    def draw_grey(self, strip: Image.Image, top: int) -> None:
        """Draw a strip in mode L, as wide as `row_bytes` and of even height, at an even row."""
        for plane, share in zip(self.frame.planes, (1, 2, 2), strict=True):
            start, length = top // share * plane.line_size, strip.height // share * plane.line_size
            memoryview(plane)[start : start + length] = strip.tobytes() if share == 1 else _NO_COLOUR * length


def picture_frame(picture: Image.Image) -> av.VideoFrame:
    """Convert a picture to a yuv420p frame in the colours of HD video."""
    frame: av.VideoFrame = av.VideoFrame.from_image(picture)  # type: ignore[no-untyped-call] # PyAV's gap
    return frame.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG", threads=1)
