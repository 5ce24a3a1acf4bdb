from __future__ import annotations

import base64
import io
import struct
import sys
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from specs.media import (
    Embedded,
    ImageHeader,
    Media,
    MediaProblem,
    UndecodableValue,
    UnreadableImage,
    Url,
    check,
    check_value,
    decode,
    read_header,
    sniff,
)

READABLE = {
    "jpeg": {},
    "png": {},
    "webp": {"lossless": True},
    "gif": {},
    "bmp": {},
}
sides = st.integers(1, 700)


def picture(format: str, width: int, height: int, mode: str = "RGB", **options: object) -> bytes:  # noqa: A002
    out = io.BytesIO()
    Image.new(mode, (width, height), "navy").save(out, format, **options)
    return out.getvalue()


def exif(orientation: int, order: str = "<") -> bytes:
    mark = b"II*\0" if order == "<" else b"MM\0*"
    return b"Exif\0\0" + mark + struct.pack(f"{order}IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)


def keywords(problems: tuple[MediaProblem, ...]) -> list[str]:
    return [problem.keyword for problem in problems]


@given(format=st.sampled_from(sorted(READABLE)), width=sides, height=sides)
def test_header_agrees_with_pillow(format: str, width: int, height: int) -> None:  # noqa: A002
    data = picture(format, width, height, **READABLE[format])
    assert read_header(data) == ImageHeader(format, width, height)
    assert sniff(data) == format


@pytest.mark.parametrize(
    ("format", "mode", "options"),
    [
        ("webp", "RGB", {"quality": 10}),
        ("webp", "RGBA", {"quality": 10}),
        ("webp", "RGB", {"lossless": True, "exif": exif(1)}),
        ("jpeg", "RGB", {"progressive": True}),
        ("jpeg", "CMYK", {}),
        ("jpeg", "RGB", {"icc_profile": b"x" * 200_000}),
        ("jpeg", "L", {"comment": b"\xff\xc0\x00\x11 not a frame"}),
        ("png", "P", {}),
        ("bmp", "L", {}),
    ],
)
def test_variants_of_one_format(format: str, mode: str, options: dict[str, object]) -> None:  # noqa: A002
    assert read_header(picture(format, 640, 360, mode, **options)) == ImageHeader(format, 640, 360)


def test_old_bitmap_header_and_rows_from_the_top() -> None:
    old = b"BM" + struct.pack("<IHHIIHHHH", 0, 0, 0, 26, 12, 31, 17, 1, 24)
    assert read_header(old) == ImageHeader("bmp", 31, 17)
    from_the_top = b"BM" + struct.pack("<IHHIIii", 0, 0, 0, 54, 40, 31, -17)
    assert read_header(from_the_top) == ImageHeader("bmp", 31, 17)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_turns_the_sides(orientation: int, order: str) -> None:
    data = picture("jpeg", 40, 30, exif=exif(orientation, order))
    header = read_header(data)
    assert (header.width, header.height) == ((30, 40) if orientation >= 5 else (40, 30))
    if order == "<":
        assert Image.open(io.BytesIO(data)).getexif()[0x0112] == orientation


@given(st.binary(max_size=60))
def test_damaged_exif_turns_nothing(noise: bytes) -> None:
    header = read_header(picture("jpeg", 40, 30, exif=b"Exif\0\0" + b"II*\0\xff\xff\0\0" + noise))
    assert (header.width, header.height) == (40, 30)


@given(format=st.sampled_from(sorted(READABLE)), data=st.data())
def test_a_prefix_gives_the_same_header_or_is_refused(format: str, data: st.DataObject) -> None:  # noqa: A002
    whole = picture(format, 321, 123)
    prefix = whole[: data.draw(st.integers(0, len(whole)))]
    try:
        outcome: ImageHeader | str | None = read_header(prefix)
    except UnreadableImage as error:
        outcome = error.format
    assert outcome in (ImageHeader(format, 321, 123), format, None)


@given(
    start=st.sampled_from([picture(name, 8, 8)[:24] for name in sorted(READABLE)] + [b""]),
    noise=st.binary(max_size=300),
)
def test_no_bytes_raise_anything_else(start: bytes, noise: bytes) -> None:
    try:
        header = read_header(start + noise)
    except UnreadableImage:
        return
    assert header.width > 0
    assert header.height > 0
    assert header.aspect_ratio == header.width / header.height


@pytest.mark.parametrize(
    ("data", "name", "message"),
    [
        (b"", None, "no data"),
        (b"just text", None, "no known image format"),
        (picture("jpeg", 9, 9)[:30], "jpeg", "cut short"),
        (picture("png", 9, 9)[:20], "png", "cut short"),
        (b"\xff\xd8\xff\xd9", "jpeg", "before its size"),
        (b"\xff\xd8\xff\xe0\x00\x02\x00", "jpeg", "damaged"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(8), "png", "no size"),
        (b"\0\0\0\x1cftypheic\0\0\0\0", "heic", "cannot be read here"),
        (b"\0\0\0\x1cftypisom\0\0\0\0", "mp4", "cannot be read here"),
        (b"\n<svg xmlns='x'>", "svg", "cannot be read here"),
    ],
)
def test_unreadable_data_say_what_they_seem_to_be(data: bytes, name: str | None, message: str) -> None:
    with pytest.raises(UnreadableImage, match=message) as caught:
        read_header(data)
    assert caught.value.format == name


# --- decoding -----------------------------------------------------------------------------------------


@given(st.binary(min_size=1))
def test_both_base64_encodings_give_the_bytes_back(data: bytes) -> None:
    text = base64.b64encode(data).decode()
    assert decode(text) == Embedded(data, "base64")
    assert decode(f"data:image/PNG;base64,{text}") == Embedded(data, "data-uri", "image/png")
    assert decode(f"DATA:;charset=x;BASE64,{text}") == Embedded(data, "data-uri", None)


@pytest.mark.parametrize("url", ["https://example.test/a.png", "HTTP://[::1]:80/?q=ü", "https://h"])
def test_urls_are_kept_as_they_are(url: str) -> None:
    assert decode(url) == Url(url)
    assert decode(url).encoding == "url"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("", "no data"),
        ("data:image/png;base64,", "no data"),
        ("data:image/png;base64", "comma"),
        ("data:image/png,%89PNG", "does not say ;base64"),
        ("frame.png", "character 6 "),
        ("file:///etc/passwd", "file: cannot be used here"),
        ("https://", "no host or has blanks"),
        ("https://a b", "no host or has blanks"),
        ("AAAA\nAAAA", "character 5 "),
        ("AAAé", "character 4 "),
        ("AA-_", "character 3 "),
        ("AAA", "cut short"),
        ("AA==AAAA", "cut short"),
        ("====", "cut short"),
        ("AAAA\ud800", "character 5 "),
    ],
)
def test_other_texts_are_refused(value: str, message: str) -> None:
    with pytest.raises(UndecodableValue, match=message):
        decode(value)


@given(st.text())
def test_any_text_is_decoded_or_refused(value: str) -> None:
    try:
        outcome = decode(value).encoding
    except UndecodableValue as error:
        outcome = str(error)
    assert outcome in ("url", "data-uri", "base64") or 0 < len(outcome) < 200


# --- limits -------------------------------------------------------------------------------------------

FRAME = Media.from_json(
    {
        "formats": ["jpeg", "png"],
        "maxBytes": 10_000_000,
        "minWidth": 300,
        "minHeight": 300,
        "minAspectRatio": 0.4,
        "maxAspectRatio": 2.5,
        "encodings": ["url", "base64"],
    }
)


def test_every_name_of_the_extension_is_read() -> None:
    given_limits = {
        "formats": ["JPG", "jpeg", "png"],
        "maxBytes": 1,
        "minWidth": 2,
        "minHeight": 3,
        "maxWidth": 4,
        "maxHeight": 5,
        "minAspectRatio": 0.6,
        "maxAspectRatio": 7,
        "minDuration": 8.5,
        "maxDuration": 9,
        "encodings": ["url", "data-uri", "base64"],
    }
    encodings = ("url", "data-uri", "base64")
    assert Media.from_json(given_limits) == Media(("jpeg", "png"), 1, 2, 3, 4, 5, 0.6, 7, 8.5, 9, encodings)
    assert len(given_limits) == len(fields(Media))
    assert Media.from_json({}) == Media()


@pytest.mark.parametrize(
    "mapping",
    [
        {"minWdith": 3},
        {"minWidth": "3"},
        {"minWidth": True},
        {"minWidth": 2.5},
        {"maxBytes": -1},
        {"formats": "jpeg"},
        {"formats": [1]},
        {"encodings": ["ftp"]},
    ],
)
def test_wrong_limits_are_refused(mapping: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="x-media"):
        Media.from_json(mapping)


def test_the_edges_are_inside() -> None:
    for width, height in [(300, 750), (750, 300), (300, 300)]:
        assert check(FRAME, ImageHeader("png", width, height), size=10_000_000) == ()


def test_all_problems_come_at_once_and_say_given_and_allowed() -> None:
    problems = check(FRAME, ImageHeader("webp", 299, 100), size=10_000_001)
    assert problems == (
        MediaProblem("formats", "webp", ("jpeg", "png"), "the file is WebP; allowed: JPEG, PNG"),
        MediaProblem(
            "maxBytes",
            10_000_001,
            10_000_000,
            "the file has 10,000,001 bytes; at most 10,000,000 are allowed",
        ),
        MediaProblem("minWidth", 299, 300, "the width is 299 px; at least 300 px are needed"),
        MediaProblem("minHeight", 100, 300, "the height is 100 px; at least 300 px are needed"),
        MediaProblem("maxAspectRatio", 2.99, 2.5, "width / height is 2.99; at most 2.5 is allowed"),
    )


@given(
    limits=st.builds(
        Media,
        max_bytes=st.none() | st.integers(0, 50),
        min_width=st.none() | st.integers(0, 50),
        max_width=st.none() | st.integers(0, 50),
        min_height=st.none() | st.integers(0, 50),
        max_height=st.none() | st.integers(0, 50),
        max_duration=st.none() | st.integers(0, 50),
    ),
    width=st.integers(1, 50),
    height=st.integers(1, 50),
    size=st.integers(0, 50),
    seconds=st.floats(0, 50),
)
def test_each_limit_is_judged_by_itself(limits: Media, width: int, height: int, size: int, seconds: float) -> None:
    expected = {
        "maxBytes": limits.max_bytes is not None and size > limits.max_bytes,
        "minWidth": limits.min_width is not None and width < limits.min_width,
        "maxWidth": limits.max_width is not None and width > limits.max_width,
        "minHeight": limits.min_height is not None and height < limits.min_height,
        "maxHeight": limits.max_height is not None and height > limits.max_height,
        "maxDuration": limits.max_duration is not None and seconds > limits.max_duration,
    }
    problems = check(limits, ImageHeader("png", width, height), size=size, seconds=seconds)
    assert keywords(problems) == [keyword for keyword, broken in expected.items() if broken]


def test_what_is_not_known_is_not_judged() -> None:
    assert check(Media(max_bytes=1, min_duration=9), ImageHeader("png", 1, 1)) == ()
    assert check(Media(formats=("heic",), min_width=300), b"\0\0\0\x1cftypheic\0\0\0\0") == ()
    assert check(Media(max_bytes=9), b"any text") == ()


@pytest.mark.parametrize("data", [b"no image", picture("png", 400, 400)[:18]])
def test_data_that_cannot_be_read_are_one_problem(data: bytes) -> None:
    (problem,) = check(FRAME, data)
    assert problem.keyword == "formats"
    assert problem.allowed == ("jpeg", "png")


def test_values_are_checked_from_their_writing_to_their_pixels() -> None:
    good = base64.b64encode(picture("png", 400, 400)).decode()
    small = base64.b64encode(picture("jpeg", 200, 400)).decode()
    assert check_value(FRAME, good) == ()
    assert check_value(FRAME, "https://example.test/unseen.webp") == ()
    assert keywords(check_value(FRAME, small)) == ["minWidth"]
    assert keywords(check_value(FRAME, f"data:image/jpeg;base64,{small}")) == ["encodings", "minWidth"]
    assert keywords(check_value(FRAME, "frame.png")) == ["encodings"]
    assert keywords(check_value(Media(encodings=("base64",)), "https://example.test/a")) == ["encodings"]
    (problem,) = check_value(FRAME, f"data:image/png;base64,{good}")
    assert problem == MediaProblem(
        "encodings", "data-uri", ("url", "base64"), "it is given as a data URI; allowed: a URL, raw base64"
    )


def test_the_module_stands_alone() -> None:
    source = sys.modules[Media.__module__].__file__
    assert source is not None
    with open(source, encoding="utf-8") as file:
        imported = [line.split()[1] for line in file if line.lstrip().startswith(("import ", "from "))]
    assert {name.partition(".")[0] for name in imported} <= set(sys.stdlib_module_names)
