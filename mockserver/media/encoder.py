"""MP4 files from frames and tones, through PyAV."""

from __future__ import annotations

import io
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Literal, Self

import av
from av.codec.context import Flags
from av.video.frame import PictureType

from mockserver.media.tone import FRAME_SAMPLES, SAMPLE_RATE, configure, tone_frame

if TYPE_CHECKING:
    from types import TracebackType

    from av.audio.stream import AudioStream
    from av.video.stream import VideoStream

TICKS: Final = 4
"""In a second: a frame is shown from one tick to another; each frame costs 5 to 8 ms at 720p."""

# The first one that this build of the library has: wheels have x264, and mpeg4 is part of the library itself.
CODECS: tuple[Literal["libx264", "libopenh264", "mpeg4"], ...] = ("libx264", "libopenh264", "mpeg4")
# qcomp 1 keeps the quantiser steady. Otherwise x264 spends its bits on repainting pictures that stand still.
_X264: Final = {"preset": "ultrafast", "crf": "24", "qcomp": "1", "forced-idr": "1"}
_BT709: Final = 1  # matrix, primaries and transfer of HD video are all this number
# Bits per pixel of the frame size: with these limits 5 s of 720p stay below 300 KB whatever the picture.
_BITS_A_SECOND: Final = 0.22
_BUFFER_BITS: Final = 0.9


class Movie:
    """One MP4 in the making: frames and tones are added in order of time.

    It is a context manager; `data` is whole once the context is left. The index stands before the data, so
    that playing starts before all is loaded. The same calls give the same bytes.
    """

    def __init__(self, size: tuple[int, int], seconds: int, *, sound: bool) -> None:
        self._file = io.BytesIO()
        # The index is written last, into space kept for it. PyAV's "faststart" would need a file on disk.
        options = {"fflags": "+bitexact", "moov_size": str(_index_bytes(seconds, sound=sound))}
        self._container = av.open(self._file, "w", format="mp4", options=options)
        self._video = self._add_video(*size)
        self._audio = self._add_audio() if sound else None
        self._seconds = seconds
        self._samples = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._container.mux(self._video.encode(None))
        self._container.close()  # writes the index

    @property
    def data(self) -> bytes:
        """The bytes of the file so far."""
        return self._file.getvalue()

    def add_frame(self, frame: av.VideoFrame, tick: int, *, seekable: bool) -> None:
        """Show a yuv420p frame from a tick on, the last one for one tick; it is copied and may be drawn on."""
        frame.pts, frame.time_base = tick, Fraction(1, TICKS)
        frame.pict_type = PictureType.I if seekable else PictureType.NONE
        self._container.mux(self._video.encode(frame))

    def add_tone(self, number: int, until: int) -> None:
        """Play the tone of a shot up to a second; only for a movie with sound."""
        if self._audio is None:
            raise ValueError("this movie was started without sound")
        while self._samples < until * SAMPLE_RATE:
            packet = av.Packet(tone_frame(number))
            packet.stream, packet.time_base = self._audio, Fraction(1, SAMPLE_RATE)
            packet.pts = packet.dts = self._samples
            packet.duration = min(FRAME_SAMPLES, self._seconds * SAMPLE_RATE - self._samples)
            packet.is_keyframe = True
            self._samples += packet.duration
            self._container.mux(packet)

    def _add_video(self, width: int, height: int) -> VideoStream:
        name = next(codec for codec in CODECS if codec in av.codecs_available)
        rate, buffer = round(width * height * _BITS_A_SECOND), round(width * height * _BUFFER_BITS)
        options = _X264 | {"maxrate": str(rate), "bufsize": str(buffer)} if name == "libx264" else {}
        stream = self._container.add_stream(name, TICKS, options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        if name != "libx264":
            stream.bit_rate = rate
        context = stream.codec_context
        context.thread_count = 1  # the output of x264 depends on it
        context.flags |= Flags.bitexact
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        return stream

    def _add_audio(self) -> AudioStream:
        stream = self._container.add_stream("aac", SAMPLE_RATE)
        configure(stream.codec_context)
        return stream


def _index_bytes(seconds: int, *, sound: bool) -> int:
    """Return room enough for the index: each frame has a size, each run of one track an offset and a count."""
    frames = seconds * TICKS
    sound_frames = seconds * (SAMPLE_RATE // FRAME_SAMPLES + 1) if sound else 0
    return 4_000 + 24 * frames + 8 * sound_frames
