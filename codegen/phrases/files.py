"""What a media field takes: file formats, and the ways a file may be sent (URL, base64, data URI)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from codegen.phrases.phrase import Context, Example, Keywords, Phrase, Yield, Yields, compiled
from codegen.phrases.quantities import media_like
from codegen.phrases.scope import own_name

_FORMAT = (
    r"(?:jpe?g|jfif|pjpeg|pjp|png|webp|gif|bmp|tiff?|heic|heif|avif|svg|ico"
    r"|quicktime|matroska|msvideo|mp4|mov|avi|mkv|webm|m4v|mpeg|mpg|wmv|flv"
    r"|mp3|wav|m4a|aac|flac|ogg|opus|pcm|wma|aiff|amr|pdf|txt|zip)"
)
_ONE = (
    rf"[`\"']?\*?\.?(?:(?:image|video|audio|application)/)?(?:x-)?{_FORMAT}(?![a-z0-9_])[`\"']?"
    r"(?:\s?\((?!如)[^()]{0,40}\))?"
)
_FORMATS = rf"{_ONE}(?:\s?(?:,\s?(?:and |or )?|、|/|\||\s(?:and|or|&)\s|或者?|和|及)\s?{_ONE})*"
_NAME = re.compile(rf"(?:x-)?({_FORMAT})(?![a-z0-9_])", re.IGNORECASE)
_SAME = {"jpg": "jpeg", "quicktime": "mov", "tif": "tiff"}
_HINTS = (
    "jp",
    "png",
    "webp",
    "mp",
    "wav",
    "gif",
    "mov",
    "m4a",
    "bmp",
    "flac",
    "aac",
    "tif",
    "avi",
    "heic",
    "quicktime",
)
_ALL_FORMATS = (
    "jp",
    "jfif",
    "png",
    "webp",
    "gif",
    "bmp",
    "tif",
    "heic",
    "heif",
    "avi",
    "svg",
    "ico",
    "quicktime",
    "matroska",
    "msvideo",
    "mp",
    "mov",
    "mkv",
    "webm",
    "m4",
    "wmv",
    "flv",
    "wav",
    "aac",
    "flac",
    "ogg",
    "opus",
    "pcm",
    "wma",
    "aif",
    "amr",
    "pdf",
    "txt",
    "zip",
)
"""A piece of every name that _FORMAT knows."""
_OPEN_END = re.compile(r"\s?(?:,\s?)?(?:etc|and more|and so on|\.\.\.|…|等)", re.IGNORECASE)


def format_names(text: str) -> list[str]:
    """Return the file formats that a text names, each once, jpg as jpeg."""
    names = (n.lower() for n in _NAME.findall(re.sub(r"\([^()]{0,40}\)", "", text)))
    return list(dict.fromkeys(_SAME.get(n, n) for n in names))


def are_formats(values: Sequence[str]) -> bool:
    """Whether every value names a file format: `png`, `.jpg`, `image/webp`."""
    return all(re.fullmatch(_ONE, v, re.IGNORECASE) for v in values)


def _formats(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    if not media_like(ctx.subject) or _OPEN_END.match(ctx.text, match.end()):
        return None
    named = match["formats"] or match.groupdict().get("only") or ""
    return [Keywords({"x-media": {"formats": format_names(named)}})]


def _encodings(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    if not media_like(ctx.subject):
        return None
    said = match[0].lower()
    ways = ["url"]
    if "base64" in said.replace(" ", "").replace("-", ""):
        ways.append("base64")
    if re.search(r"data[- ]?ur[il]|data:", said):
        ways.append("data-uri")
    return [Keywords({"x-media": {"encodings": ways}})] if len(ways) > 1 else None


def _ways(*ways: str) -> Yields:
    def yields(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
        del match
        if not media_like(ctx.subject):
            return None
        inline = "base64" in ways and "base64" in own_name(ctx.subject.pointer if ctx.subject else "").lower()
        return [Keywords({"x-media": {"encodings": ["base64"] if inline else list(ways)}})]

    return yields


_URL = (
    r"(?:(?:public(?:ly accessible)?|accessible|image|online|https?|公网|可访问的|图片|图像|文件|视频|音频|网络)?"
    r"\s?(?:urls?|链接|image links?|direct links? to an? [a-z ]{1,20}))"
)
_B64 = (
    r"(?:(?:a |the |图片|图像)?(?:raw |local )?(?:base[- ]?64)(?:[- ]encod(?:ed|ing))?"
    r"(?: (?:string|data|image|local image|image file|content|data uri)){0,3}\s?(?:编码|字符串|数据|格式){0,3}"
    r"|(?:a )?data[- ]?ur[il]s?(?: \(base64\))?)"
)
_OR = r"\s?(?:,\s?(?:or )?|or|/|或者?|和|、|and|以及)\s?(?:a |an |the |accessible |public |图片|图像|通过)?\s?"

PHRASES: tuple[Phrase, ...] = (
    Phrase(
        "media.formats",
        "any",
        _HINTS,
        compiled(
            r"(?:\b(?:formats?|types?|supports?|supported|accepts?|accepted|must be|should be|as|allowed|files?"
            r"|only|in|be)\b",
            r"|格式|支持|类型|文件|为|仅限|要求|格式之一)",
            r"(?:\s?(?:is|are|must be|should be|include|for [a-z ]{1,20}|支持|为|包括|要求|可以是|仅支持|限制"
            r"|必须是|必须为|的|以下",
            r"|上传|传入|:|format|files?|formats?|image|images|a local|an?)){0,5}\s?:?\s?",
            rf"(?P<formats>{_FORMATS})",
        ),
        _formats,
        (
            Example("Supports `.jpg`, `.jpeg`, `.png`.", "/image", {"x-media": {"formats": ["jpeg", "png"]}}),
            Example("Formats allowed: JPEG, PNG", "/image", {"x-media": {"formats": ["jpeg", "png"]}}),
            Example("Allowed formats: PNG and WEBP", "/image", {"x-media": {"formats": ["png", "webp"]}}),
            Example("支持 mp3、m4a、wav 格式", "/audio_url", {"x-media": {"formats": ["mp3", "m4a", "wav"]}}),
            Example("Formats such as PNG exist.", "/image"),
        ),
    ),
    Phrase(
        "media.formats.file",
        "en",
        (" file", " image", " picture", " video", " photo", " only"),
        compiled(
            r"\b(?:a|an|be|local|valid|only)(?: (?:a|an|local|valid)){0,3} (?:file \()?",
            rf"(?P<formats>{_FORMATS})(?: (?:files?|images?|pictures?|photos?|videos?)\b|\))",
            rf"|(?P<only>{_FORMATS})(?: (?:files?|images?|format))? only\b",
        ),
        _formats,
        (
            Example("A local PNG file that serves as a mask.", "/image", {"x-media": {"formats": ["png"]}}),
            Example("JPEG only.", "/image", {"x-media": {"formats": ["jpeg"]}}),
        ),
        needs=_ALL_FORMATS,
    ),
    Phrase(
        "media.formats.first",
        "any",
        _HINTS,
        compiled(
            rf"^(?P<formats>{_ONE}(?:\s?(?:,\s?(?:and |or )?|、|/|\||\s(?:and|or|&)\s|或者?|和"
            rf"|及)\s?{_ONE})+)(?=\s*(?:$|[,;(]))"
        ),
        _formats,
        (Example("JPEG/PNG, not too dark", "/image", {"x-media": {"formats": ["jpeg", "png"]}}),),
    ),
    Phrase(
        "media.formats.zh",
        "zh",
        ("格式",),
        compiled(rf"(?P<formats>{_FORMATS})\s?(?:的)?(?:图片|图像|视频|音频|文件)?格式"),
        _formats,
        (
            Example("要求 JPG/PNG 格式", "/image", {"x-media": {"formats": ["jpeg", "png"]}}),
            Example("要求 JPG、PNG 等格式", "/image"),
        ),
    ),
    Phrase(
        "media.encodings",
        "any",
        ("base64", "base-64", "data ur", "data-ur", "base 64"),
        compiled(rf"{_URL}(?:\s?\([^()]{{0,40}}\))?{_OR}{_B64}|{_B64}{_OR}{_URL}"),
        _encodings,
        (
            Example("The picture (URL or Base64).", "/image", {"x-media": {"encodings": ["url", "base64"]}}),
            Example("支持 URL 或 Base64 编码", "/image", {"x-media": {"encodings": ["url", "base64"]}}),
            Example("支持 Base64 编码或图片 URL", "/image", {"x-media": {"encodings": ["url", "base64"]}}),
            Example("Send a URL or a data URI.", "/image", {"x-media": {"encodings": ["url", "data-uri"]}}),
        ),
        always=True,
        in_case=True,
    ),
    Phrase(
        "media.no-prefix",
        "any",
        ("prefix", "前缀", "only the"),
        compiled(
            r"\b(?:do not|don't|no|without|never|must not)\b[^.;]{0,30}\bprefix",
            r"|\bonly the (?:raw )?base64[- ]encoded string|(?:不要|不能|勿|请勿|无需|不得)[^。;]{0,20}前缀",
        ),
        _ways("url", "base64"),
        (Example("Base64 goes without a data: prefix.", "/image", {"x-media": {"encodings": ["url", "base64"]}}),),
        always=True,
        in_case=True,
    ),
    Phrase(
        "media.only-url",
        "any",
        ("url", "base64"),
        compiled(
            r"\bonly(?: (?:public|image|video|https?)){0,3} urls?\b(?: (?:are|is))? (?:supported|accepted|allowed)",
            r"|\b(?:urls?(?: format)? only|only url format|base64 (?:is )?(?:no longer|not) supported",
            r"|no longer supports? (?:passing )?base64|only (?:supports?|accepts?) (?:public )?urls?)|(?:仅"
            r"|只)支持\s?(?:公网)?\s?URL(?!\s?(?:或|和|、|/))|不支持\s?base64",
        ),
        _ways("url"),
        (
            Example("URL only.", "/image", {"x-media": {"encodings": ["url"]}}),
            Example("Public URLs; base64 is not supported.", "/image", {"x-media": {"encodings": ["url"]}}),
        ),
    ),
)
