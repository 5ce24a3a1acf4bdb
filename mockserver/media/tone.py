"""Tones as ready AAC frames: encoded once, repeated for as long as they are to sound."""

from __future__ import annotations

import math
from array import array
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import av
from av.codec.context import Flags

if TYPE_CHECKING:
    from av.audio.codeccontext import AudioCodecContext

SAMPLE_RATE: Final = 48_000
FRAME_SAMPLES: Final = 1024  # in one AAC frame

_BITS_A_SECOND: Final = 32_000
_LOUDNESS: Final = 0.1
_SETTLED: Final = 5  # by this frame the encoder has nothing left of the silence before the tone
_LOWEST, _PITCHES = 8, 8


def configure(context: AudioCodecContext) -> None:
    """Set an AAC encoder up for what `tone_frame` returns."""
    context.layout, context.format, context.sample_rate = "mono", "fltp", SAMPLE_RATE
    context.bit_rate = _BITS_A_SECOND
    context.flags |= Flags.bitexact


@lru_cache
def tone_frame(number: int) -> bytes:
    """Return one AAC frame of the tone of a shot, counted from 1; repeated, it sounds without a break.

    That holds because the frame spans a whole number of waves, so that each frame has the same samples:
    375 Hz for the first shot, 47 Hz more for each one after it, and from the ninth on again.
    """
    waves = _LOWEST + (number - 1) % _PITCHES
    turn = 2 * math.pi * waves / FRAME_SAMPLES
    samples = array("f", (_LOUDNESS * math.sin(turn * step) for step in range(FRAME_SAMPLES))).tobytes()
    encoder = av.CodecContext.create("aac", "w")
    configure(encoder)
    packets = []
    for index in range(_SETTLED + 3):
        frame = av.AudioFrame("fltp", "mono", FRAME_SAMPLES)
        frame.planes[0].update(samples)
        frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, index * FRAME_SAMPLES, Fraction(1, SAMPLE_RATE)
        packets += encoder.encode(frame)
    return bytes(packets[_SETTLED])
