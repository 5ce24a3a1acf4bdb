"""The pictures a video is made of: given images, placeholders, and captions burnt into them."""

from __future__ import annotations

import colorsys
import functools
import io
import struct
import zlib
from typing import Final
from urllib.parse import urlsplit

from anyascii import anyascii
from PIL import Image, ImageDraw, ImageFont, ImageOps

from specs.media import UnreadableImage, read_header

Size = tuple[int, int]
Colour = tuple[int, int, int]

_LARGEST: Final = 50_000_000  # pixels; more than any provider takes, less than hurts
_FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
_BROKEN: Final = (OSError, ValueError, SyntaxError, EOFError, struct.error, zlib.error, IndexError, KeyError)
_TITLE_AREA: Final = 0.045  # of the short side: font size of titles; prompts are two thirds of it
_PROMPT_LINES: Final = 3
_UNASSIGNED: Final = "\U0010fffe"


def aspect_ratio(data: bytes) -> float | None:
    """Return width / height of an image, None when it cannot be read."""
    try:
        return read_header(data).aspect_ratio
    except UnreadableImage:
        return None


def still(frame: bytes | str | None, size: Size, role: str, seed: str) -> Image.Image:
    """Draw a given frame at a size; where there is none to draw, a placeholder that says why.

    `role` names the frame on the placeholder ("first frame"); `seed` chooses the colour where no frame was
    given at all.
    """
    if frame is None:
        return _backdrop(size, seed)
    if isinstance(frame, str):
        return _placeholder(size, frame, f"{role}: image not fetched", _short_url(frame))
    try:
        return _open(frame, size)
    except (UnreadableImage, Image.DecompressionBombError, *_BROKEN) as error:
        reason = str(error) if isinstance(error, UnreadableImage) else "the image data are damaged"
        return _placeholder(size, role, f"{role}: image not readable", reason)


def _open(data: bytes, size: Size) -> Image.Image:
    header = read_header(data)
    if header.width * header.height > _LARGEST:
        raise UnreadableImage(f"{header.width} x {header.height} pixels are too many to draw", header.format)
    with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
        image.draft("RGB", (max(size), max(size)))  # lets a large JPEG be decoded at a fraction of its size
        ImageOps.exif_transpose(image, in_place=True)
        return ImageOps.fit(_in_colours(image), size, Image.Resampling.BILINEAR)


def _in_colours(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # 16 bits of grey, of which a plain conversion makes white
        image = image.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    return image if image.mode == "RGB" else image.convert("RGB")


def scene(opening: Image.Image, number: int) -> Image.Image:
    """Return the picture of a shot, counted from 1: the opening itself, then closer and tinted views of it."""
    if number == 1:
        return opening
    width, height = opening.size
    share = 1 - 0.1 * (1 + number % 3)  # of the opening's sides that is still in view
    left, top = (number % 2) * (1 - share), (number // 2 % 2) * (1 - share)
    box = (left * width, top * height, (left + share) * width, (top + share) * height)
    closer = opening.resize(opening.size, Image.Resampling.BILINEAR, box)
    tint = _colour(number * 0.618, 0.8)  # neighbouring multiples of the golden ratio are far apart in hue
    return closer.point([(7 * value + 3 * part) // 10 for part in tint for value in range(256)])


def caption(picture: Image.Image, title: str, prompt: str, bottom: int) -> Image.Image:
    """Return a copy with title and prompt on a dark band that ends `bottom` pixels above the lower edge."""
    captioned = picture.copy()
    width, height = picture.size
    size = round(min(picture.size) * _TITLE_AREA)
    margin = size // 2
    large, small = ImageFont.load_default(size), ImageFont.load_default(size * 2 / 3)
    lines = _wrap(prompt, small, width - 2 * margin)
    band = margin + size * 5 // 4 + len(lines) * size * 5 // 6 + margin
    box = (0, height - bottom - band, width, height - bottom)
    captioned.paste(captioned.crop(box).point([value // 4 for value in range(256)] * 3), box)
    draw = ImageDraw.Draw(captioned)
    draw.text((margin, box[1] + margin), title, "white", large)
    for index, line in enumerate(lines):
        draw.text((margin, box[1] + margin + size * 5 // 4 + index * size * 5 // 6), line, "white", small)
    return captioned


def printable(text: str) -> str:
    """Return the text as the font can draw it.

    What it lacks is written in Latin letters (狐狸 as HuLi), or as its code point where there is no such spelling;
    blanks stand for line ends, controls and lone surrogates.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_drawable, text))


@functools.lru_cache(4_096)
def _drawable(character: str) -> str:
    if not character.isprintable():
        return " "
    if character.isascii() or _shape(character) != _shape(_UNASSIGNED):
        return character
    return anyascii(character) or f"U+{ord(character):04X} "


def _shape(character: str) -> bytes:
    font = ImageFont.load_default(12)
    return bytes(font.getmask(character))


def _wrap(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> list[str]:
    """Break a text into at most _PROMPT_LINES lines; more text ends in "…". Scripts without blanks break too."""
    lines: list[str] = []
    rest = printable(text[:600]).strip()
    while rest and len(lines) < _PROMPT_LINES:
        fits = _fitting(rest, font, width)
        blank = rest.rfind(" ", 0, fits + 1)
        cut = len(rest) if fits == len(rest) else blank if blank > fits // 2 else fits
        lines.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    if rest:
        lines[-1] = lines[-1][:-1] + "…"
    return lines


def _fitting(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> int:
    """Return how many characters fit, by bisection; at least one, so that a loop over it ends."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if font.getlength(text[:middle]) <= width else (low, middle - 1)
    return low


def _placeholder(size: Size, seed: str, title: str, detail: str) -> Image.Image:
    picture = _backdrop(size, seed)
    draw = ImageDraw.Draw(picture)
    width, height = size
    letter = round(min(size) * _TITLE_AREA)
    inset = letter
    draw.rectangle((inset, inset, width - inset, height - inset), outline="white", width=max(2, letter // 12))
    large, small = ImageFont.load_default(letter), ImageFont.load_default(letter * 2 / 3)
    draw.text((width / 2, height / 3), title, "white", large, anchor="mm")
    for index, line in enumerate(_wrap(detail, small, width - 4 * inset)):
        draw.text((width / 2, height / 3 + letter * (1.3 + index)), line, "white", small, anchor="mm")
    return picture


def _backdrop(size: Size, seed: str) -> Image.Image:
    hue = zlib.crc32(seed.encode("utf-8", "surrogatepass")) / 2**32
    shade = Image.linear_gradient("L").resize(size, Image.Resampling.BILINEAR)
    return ImageOps.colorize(shade, _colour(hue, 0.6), _colour(hue + 0.15, 0.25))


def _colour(hue: float, value: float) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, 0.6, value)
    return round(red * 255), round(green * 255), round(blue * 255)


def _short_url(url: str) -> str:
    """Return host and path alone: queries of signed URLs hold secrets."""
    try:
        parts = urlsplit(url)
    except ValueError:  # such as brackets that hold no IPv6 address
        return ""
    return f"{parts.hostname or ''}{parts.path}"
