"""Lists: the values a field may have, the file formats it takes, the ways a file may be sent."""

from __future__ import annotations

import re
from collections.abc import Sequence

from codegen.facts import Json
from codegen.phrases.conditions import typed
from codegen.phrases.phrase import Context, Example, Keywords, Phrase, Yield, compiled
from codegen.phrases.quantities import NUMBER, media_like, number
from codegen.phrases.scope import is_number, own_name, types_of

_QUOTED = re.compile(r"`([^`]{1,80})`|\"([^\"]{1,80})\"|'([^']{1,80})'")
_INSIDE = re.compile(r"[\"']([^\"']{1,80})[\"']")
_LIST_IN_CODE = re.compile(r"\[?[\w.:/-]+(?:, ?[\w.:/-]+)+\]?")
_BARE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:/*+-]*(?<![.:])|[\u4e00-\u9fff]{1,12}(?=[,、/\s)]|$)")
_SEPARATOR = re.compile(
    r"\s?(?:\([^()]{0,80}\))?\s?(?:,\s?(?:and |or |以及)?|、\s?|/\s?|\|\s?|;\s?|\s(?:or|and|&)\s|或者?\s?|和\s?|及\s?|\s(?=`))\s?",
    re.IGNORECASE,
)
_NOTED = re.compile(r"\s?(?:\([^()]{0,80}\)|=\s?[^,;、`]{1,40}(?=[,;、]|$))")
_SECONDS_UNIT = re.compile(r"\s?(?:seconds?|secs?|s|秒钟?)(?![a-z])", re.IGNORECASE)
_OPEN_END = re.compile(r"\s?(?:,\s?)?(?:etc|and more|and so on|\.\.\.|…|等)", re.IGNORECASE)
_STOP = frozenset(
    [
        "the",
        "a",
        "an",
        "and",
        "or",
        "this",
        "if",
        "for",
        "when",
        "with",
        "etc",
        "both",
        "following",
        "all",
        "any",
        "of",
        "to",
        "is",
        "are",
        "see",
        "one",
        "values",
        "options",
    ]
)


def values_at(text: str, at: int) -> tuple[list[str], int, bool]:
    """Read a list of values from `at`; return them, where the list ends, and whether all were marked as code."""
    found: list[str] = []
    coded = True
    opened = text[at : at + 1] in ("[", "{")
    at += opened
    end = at
    while len(found) < 500:
        if match := _QUOTED.match(text, at):
            if match[1] and "," in match[1] and (inner := _INSIDE.findall(match[1])):
                return [*found, *inner], match.end(), True
            if match[1] and not found and _LIST_IN_CODE.fullmatch(match[1]) and not _SEPARATOR.match(text, match.end()):
                return re.split(r", ?", match[1].strip("[]")), match.end(), True
            found.append((match[1] or match[2] or match[3]).strip().strip("\"'"))
        elif (not found or not coded) and (match := _BARE.match(text, at)) and match[0].lower() not in _STOP:
            found.append(match[0])
            coded = False
        else:
            break
        at = match.end()
        if unit := _SECONDS_UNIT.match(text, at):
            at = unit.end()
        end = at
        separator = _SEPARATOR.match(text, at)
        if separator is None:
            break
        at = separator.end()
    if note := _NOTED.match(text, end):
        end = note.end()
    if opened and text[end : end + 1] in ("]", "}"):
        end += 1
    return found, end, coded


def _enum(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    values, end, coded = values_at(ctx.text, match.end())
    rest = ctx.text[end:]
    if not values or _OPEN_END.match(rest):
        return None
    if not coded and rest.strip() and not re.match(r"\s?[.,;()。）\]-]", rest):
        return None
    if ctx.index.names_all(values):
        return None
    if (
        "enum" not in match[0].lower()
        and media_like(ctx.subject)
        and all(_FORMAT_NAME.fullmatch(v.lstrip(".")) for v in values)
    ):
        return None
    return as_enum(values, ctx)


def as_enum(values: list[str], ctx: Context) -> Sequence[Yield] | None:
    """Return the list of values as the field's enum, or None where the field cannot have them."""
    field = ctx.subject
    if field is None or any(len(v) > 80 for v in values):
        return None
    types = types_of(field)
    if types & {"object"} or "boolean" in types:
        return None
    if is_number(field) and types:
        values = [v.lower().removesuffix("s").strip() for v in values]
        if not all(re.fullmatch(r"-?\d+(?:\.\d+)?", v) for v in values):
            return None
    elif (
        not types and not all(re.fullmatch(r"-?\d+", v) for v in values) and any(v in ("true", "false") for v in values)
    ):
        return None
    listed: list[Json] = list(dict.fromkeys(typed(v, field) if types != {"array"} else v for v in values))
    if "array" in types:
        return [Keywords({"items": {"enum": listed}})]
    return [Keywords({"enum": listed})]


def _fixed(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    values, end, coded = values_at(ctx.text, match.end())
    if len(values) != 1 or not coded:
        return None
    rest = ctx.text[end:].lstrip()
    if rest[:1] not in ("", ".", ",", ")", "(", "。") and not _VALUE_NOUN.match(rest):
        return None
    return as_enum(values, ctx)


_VALUE_NOUN = re.compile(r"模型|model|选项|秒|模式|格式|两|三|options?\b|values?\b|mode\b", re.IGNORECASE)


def _fixed_number(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    if not is_number(ctx.subject):
        return None
    return [Keywords({"enum": [number(match["n"])]})]


def _span_list(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    """`范围[a,b,c]`: three values or more, or words, are a list and no range."""
    values, end, _ = values_at(ctx.text, match.end())
    words = any(not re.fullmatch(r"-?\d+(?:\.\d+)?", v) for v in values)
    if len(values) < 2 or (len(values) == 2 and not words) or not ctx.text[:end].endswith(("]", "]`")):
        return None
    return as_enum(values, ctx)


_FORMAT = (
    r"(?:jpe?g|jfif|pjpeg|pjp|quicktime|matroska|msvideo|png|webp|gif|bmp|tiff?|heic|heif|avif|svg|ico|mp4|mov|avi|mkv|webm|m4v|mpeg|mpg|wmv|flv"
    r"|mp3|wav|m4a|aac|flac|ogg|opus|pcm|wma|aiff|amr|pdf|txt|zip)"
)
_ONE = rf"[`\"']?\*?\.?(?:(?:image|video|audio|application)/)?(?:x-)?{_FORMAT}(?![a-z0-9_])[`\"']?(?:\s?\((?!如)[^()]{{0,40}}\))?"
_FORMATS = rf"{_ONE}(?:\s?(?:,\s?(?:and |or )?|、|/|\||\s(?:and|or|&)\s|或者?|和|及)\s?{_ONE})*"
_FORMAT_NAME = re.compile(rf"(?:x-)?({_FORMAT})(?![a-z0-9_])", re.IGNORECASE)


def _formats(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    field = ctx.subject
    rest = ctx.text[match.end() :]
    if not media_like(field) or _OPEN_END.match(rest):
        return None
    return [Keywords({"x-media": {"formats": format_names(match["formats"])}})]


def format_names(text: str) -> list[str]:
    """Return the file formats a text names, each once, jpg as jpeg."""
    text = re.sub(r"\([^()]{0,40}\)", "", text)
    names = [n.lower() for n in _FORMAT_NAME.findall(text)]
    same = {"jpg": "jpeg", "quicktime": "mov", "tif": "tiff", "matroska": "mkv", "msvideo": "avi"}
    return list(dict.fromkeys(same.get(n, n) for n in names))


def _encodings(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    field = ctx.subject
    if not media_like(field):
        return None
    said = match[0].lower()
    ways = ["url"]
    if "base64" in said or "base 64" in said:
        ways.append("base64")
    if re.search(r"data[- ]?ur[il]|data:", said):
        ways.append("data-uri")
    return [Keywords({"x-media": {"encodings": ways}})] if len(ways) > 1 else None


def _only_url(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    del match
    return [Keywords({"x-media": {"encodings": ["url"]}})] if media_like(ctx.subject) else None


def _no_prefix(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    del match
    return [Keywords({"x-media": {"encodings": ["url", "base64"]}})] if media_like(ctx.subject) else None


def _with_prefix(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    del match
    return [Keywords({"x-media": {"encodings": ["url", "data-uri"]}})] if media_like(ctx.subject) else None


def _chip(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    if not ctx.whole or ctx.subject is None or types_of(ctx.subject) - {"string"}:
        return None
    return as_enum([v.strip() for v in match[0].split(",")], ctx)


_URL = r"(?:(?:public(?:ly accessible)?|accessible|image|online|https?|公网|可访问的|图片|图像|文件|视频|音频|网络)?\s?(?:urls?|链接|image links?|direct links? to an? [a-z ]{1,20}))"
_B64 = r"(?:(?:a |the |图片)?(?:raw |local )?(?:base[- ]?64)(?:[- ]encod(?:ed|ing))?(?: (?:string|data|image|local image|image file|content|data uri))*\s?(?:编码|字符串|数据|格式)*|(?:a )?data[- ]?ur[il]s?(?: \(base64\))?)"

PHRASES: tuple[Phrase, ...] = (
    Phrase(
        "enum",
        "en",
        (
            "enum",
            "values",
            "option",
            "one of",
            "choice",
            "choose",
            "either",
            "types",
            "modes",
            "formats",
            "resolutions",
            "languages",
            "sizes",
        ),
        compiled(
            r"(?:\benum(?: values?)?\s?:|(?:\b(?:possible|allowed|supported|available|valid|accepted|permitted|acceptable|optional|legal)\s(?:[a-z]+ )?(?:values?|options?|choices|types|modes|formats|resolutions|languages|sizes)\b(?: are| is| include)?\s?:?"
            r"|\b(?:options?|values|choices)\s?(?:are|:)|\b(?:must|should|can|may)(?: only)? be (?:one of|either)|\bone of(?: the following(?: values)?)?|\bchoose (?:from|between)|\beither))\s?:?\s?(?=[`\"'\[A-Za-z0-9-])"
        ),
        _enum,
        (
            Example("Possible values: `auto`, `small`, `large`", "/motion", {"enum": ["auto", "small", "large"]}),
            Example("Enum: a4, b5", "/motion", {"enum": ["a4", "b5"]}),
            Example("Allowed values: 5, 10", "/duration", {"enum": [5, 10]}),
            Example('Must be one of "low" or "high".', "/motion", {"enum": ["low", "high"]}),
            Example("Options such as `low` exist.", "/motion"),
        ),
        always=True,
    ),
    Phrase(
        "enum.or",
        "en",
        ("` or `", "`, or `", "` or '"),
        compiled(
            r"(?::|-|\bas|\bbe|\beither)\s(?P<list>`[^`\n]{1,40}`(?:, `[^`\n]{1,40}`){0,12},? or `[^`\n]{1,40}`)(?=\s*(?:$|[.(]))"
        ),
        lambda match, ctx: _enum_or(match, ctx),
        (
            Example("Who speaks: `narrator` or `actor`", "/motion", {"enum": ["narrator", "actor"]}),
            Example("Either: `image` or `video`", "/motion"),
        ),
    ),
    Phrase(
        "enum.numbers",
        "any",
        ("support", "支持", "accepts"),
        compiled(
            r"(?:\b(?:supports?|accepts?)(?: only)?|(?:仅|只|目前)?支持)\s?:?\s?(?P<list>\d+\s?(?:s|seconds|秒)?(?:\s?(?:,|、|/)\s?\d+\s?(?:s|seconds|秒)?)*\s?(?:,|、|/| or |, or |或|和| and |, and )\s?\d+)\s?(?:s|seconds|秒)?(?=\s*(?:$|[.,;()（]))"
        ),
        lambda match, ctx: (
            as_enum(re.findall(r"\d+", match["list"]), ctx)
            if is_number(ctx.subject) and types_of(ctx.subject)
            else None
        ),
        (
            Example("Supports 1, 2, 4.", "/n", {"enum": [1, 2, 4]}),
            Example("支持5、10秒", "/duration", {"enum": [5, 10]}),
        ),
    ),
    Phrase(
        "enum.supports",
        "any",
        ("support", "accept", "支持", "can be", "可选"),
        compiled(
            r"(?:\b(?:supports?|accepts?|can be|supported)(?: only)?\s?:?|支持(?:值|的值)?\s?:|(?:仅|只|目前)?支持\s?|可选\s?)\s?(?=[`\"])"
        ),
        lambda match, ctx: _supports(match, ctx),
        (
            Example("Supports: `fast`, `slow`", "/motion", {"enum": ["fast", "slow"]}),
            Example("仅支持 `standard`", "/motion", {"enum": ["standard"]}),
        ),
    ),
    Phrase(
        "enum.zh",
        "zh",
        ("可选", "枚举", "取值", "选项", "可用", "接受的值", "支持值", "有效值", "支持的值", "类型"),
        compiled(
            r"(?:可选(?:值|项|范围)?|枚举值?|可用(?:值|选项)|取值(?:有|为|包括)?|选项|可接受的值|支持值|支持的值|有效值|可选的值|可选参数|支持以下取值|支持的类型|支持类型|支持的取值)\s?(?:为|是|有|包括|包含|:)+\s?(?=[`\"'\[A-Za-z0-9-])"
        ),
        _enum,
        (
            Example("可选值：`fast`、`slow`", "/motion", {"enum": ["fast", "slow"]}),
            Example("枚举值: 5, 10", "/duration", {"enum": [5, 10]}),
            Example("可选值为 4、6、8。", "/duration", {"enum": [4, 6, 8]}),
        ),
        always=True,
    ),
    Phrase(
        "enum.fixed",
        "any",
        (
            "fixed",
            "must be",
            "固定",
            "必须为",
            "必须是",
            "必须使用",
            "始终为",
            "only",
            "must use",
            "仅支持",
            "只能",
            "always",
        ),
        compiled(
            r"(?:\bfixed (?:as|to|at|value)\s?:?(?: is)?|\bmust (?:be|always be|use|be set to)|\balways|\bonly(?: supports?)?|(?:取值)?固定(?:值|为|使用)?\s?(?:为|:)?|必须(?:为|是|使用|填写|设置为|传)|始终为|只能(?:为|是|填)|仅支持(?:值)?)\s?:?\s?(?=[`\"])"
        ),
        _fixed,
        (
            Example("Fixed as `video-1`.", "/motion", {"enum": ["video-1"]}),
            Example("必须为 `application/json`。", "/motion", {"enum": ["application/json"]}),
        ),
    ),
    Phrase(
        "enum.fixed-number",
        "any",
        ("fixed", "固定"),
        compiled(rf"(?:\bfixed (?:at|to|as)\s|固定为\s?)(?P<n>{NUMBER})"),
        _fixed_number,
        (Example("Steps, fixed at 30", "/n", {"enum": [30]}),),
    ),
    Phrase(
        "enum.bracketed",
        "any",
        ("范围", "range", "取值", "values"),
        compiled(r"(?:范围|\brange|取值|\bvalues)\s?(?:为|是|:)*\s?(?=`?\[)"),
        _span_list,
        (
            Example("范围[8000, 16000, 32000]", "/n", {"enum": [8000, 16000, 32000]}),
            Example('范围: `["mp3", "wav"]`', "/motion", {"enum": ["mp3", "wav"]}),
        ),
    ),
    Phrase(
        "enum.chip",
        "any",
        (",",),
        compiled(r"[A-Za-z0-9_.:*/+-]{1,40}(?:, [A-Za-z0-9_.:*/+-]{1,40})+$"),
        _chip,
        (Example("std, pro", "/motion", {"enum": ["std", "pro"]}),),
        always=True,
    ),
    Phrase(
        "length.chip",
        "any",
        tuple("0123456789"),
        compiled(r"^[1-9]\d{1,5}$"),
        lambda match, ctx: (
            [Keywords({"maxLength": int(match[0])})] if ctx.whole and types_of(ctx.subject) == {"string"} else None
        ),
        (Example("2500", "/prompt", {"maxLength": 2500}),),
    ),
    Phrase(
        "media.formats",
        "any",
        ("jp", "png", "webp", "mp", "wav", "gif", "mov", "m4a", "bmp", "flac", "aac", "tif", "avi", "heic"),
        compiled(
            rf"(?:\b(?:formats?|types?|supports?|supported|accepts?|accepted|must be|should be|as|allowed|files?|only|in|be)\b|格式|支持|类型|文件|为|仅限|要求|格式之一|类型为)(?:\s?(?:is|are|must be|should be|include|for [a-z ]{{1,20}}|支持|为|包括|要求|可以是|仅支持|限制|必须是|必须为|的|以下|上传|传入|:|format|files?|formats?|image|images|a local|an?)){{0,5}}\s?:?\s?(?P<formats>{_FORMATS})"
        ),
        _formats,
        (
            Example("Supports `.jpg`, `.jpeg`, `.png`.", "/image", {"x-media": {"formats": ["jpeg", "png"]}}),
            Example("Allowed formats: JPEG, PNG and WEBP", "/image", {"x-media": {"formats": ["jpeg", "png", "webp"]}}),
            Example("支持 mp3、m4a、wav 格式", "/audio_url", {"x-media": {"formats": ["mp3", "m4a", "wav"]}}),
        ),
    ),
    Phrase(
        "media.formats.file",
        "en",
        (" file", " image", " picture", " video", " photo"),
        compiled(
            rf"\b(?:a|an|be|local|valid|only)(?: (?:a|an|local|valid))* (?:file \()?(?P<formats>{_FORMATS})(?: (?:files?|images?|pictures?|photos?|videos?)\b|\))"
        ),
        _formats,
        (Example("A local PNG file that serves as a mask.", "/image", {"x-media": {"formats": ["png"]}}),),
    ),
    Phrase(
        "media.formats.zh",
        "zh",
        ("格式",),
        compiled(rf"(?P<formats>{_FORMATS})\s?(?:等)?(?:的)?(?:图片|图像|视频|音频|文件)?格式"),
        lambda match, ctx: _formats(match, ctx) if "等" not in match[0] else None,
        (Example("要求 JPG/PNG 格式", "/image", {"x-media": {"formats": ["jpeg", "png"]}}),),
    ),
    Phrase(
        "media.encodings",
        "any",
        ("base64", "base-64", "data ur", "data-ur", "base 64"),
        compiled(
            rf"(?:{_URL}\s?(?:\([^()]{{0,40}}\))?\s?(?:,\s?(?:or )?|or|/|或者?|和|、|and|以及|or an?)\s?(?:a |an |the |图片|图像|通过)?\s?{_B64}|{_B64}\s?(?:,\s?(?:or )?|or|/|或者?|和|、|and)\s?(?:a |an |the |accessible |public )?{_URL})"
        ),
        _encodings,
        (
            Example("The picture (URL or Base64).", "/image", {"x-media": {"encodings": ["url", "base64"]}}),
            Example("支持 URL 或 Base64 编码", "/image", {"x-media": {"encodings": ["url", "base64"]}}),
            Example("Send a URL or a data URI.", "/image", {"x-media": {"encodings": ["url", "data-uri"]}}),
        ),
        always=True,
    ),
    Phrase(
        "media.no-prefix",
        "any",
        ("prefix", "前缀", "only the"),
        compiled(
            r"(?:\b(?:do not|don't|no|without|never|must not)\b[^.;]{0,30}\bprefix|\bonly the (?:raw )?base64[- ]encoded string|(?:不要|不能|勿|请勿|无需|不得)[^。;]{0,20}前缀)"
        ),
        _no_prefix,
        (Example("Base64 goes without a data: prefix.", "/image", {"x-media": {"encodings": ["url", "base64"]}}),),
        always=True,
    ),
    Phrase(
        "media.only-url",
        "en",
        ("url",),
        compiled(
            r"\bonly(?: public| image| video| https?)*(?: urls?)\b(?: are| is)? (?:supported|accepted|allowed)|\b(?:urls?(?: format)? only|only url format|base64 (?:is )?(?:no longer|not) supported|only (?:supports?|accepts?) (?:public )?urls?|base64 is not supported)|(?:仅|只)支持\s?(?:公网)?\s?URL"
        ),
        _only_url,
        (Example("URL only.", "/image", {"x-media": {"encodings": ["url"]}}),),
    ),
)


def _supports(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    values, end, coded = values_at(ctx.text, match.end())
    if (
        not values
        or not coded
        or (re.match(rf"\.?(?:image/|video/|audio/)?{_FORMAT}$", values[0], re.IGNORECASE) and media_like(ctx.subject))
    ):
        return None
    if len(values) == 1 and match[0].strip().lower() in (
        "can be",
        "support",
        "supports",
        "accept",
        "accepts",
        "支持",
        "可选",
    ):
        return None
    rest = ctx.text[end:].lstrip()
    if (
        (rest[:1] not in ("", ".", ",", ")", "(", "。") and not _VALUE_NOUN.match(rest))
        or "url" in values[0].lower()
        or own_name(ctx.subject.pointer if ctx.subject else "") in values
    ):
        return None
    return as_enum(values, ctx)


def _enum_or(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    values = [v.strip("\"'") for v in re.findall(r"`([^`]+)`", match["list"])]
    return None if ctx.index.names_any(values) else as_enum(values, ctx)
