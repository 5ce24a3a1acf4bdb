"""The values a field may have, as prose lists them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from codegen.phrases.files import are_formats
from codegen.phrases.phrase import Context, Example, Keywords, Phrase, Yield, compiled
from codegen.phrases.quantities import NUMBER, media_like, number
from codegen.phrases.scope import is_number, own_name, types_of
from codegen.phrases.valuelists import ValueList, as_enum

_AFTER = re.compile(r"\s?(?:$|[.,;()。）\]-])")
_VALUE_NOUN = re.compile(
    r"\s?(?:模型|model|选项|秒|模式|格式|两|三|四|options?\b|values?\b|modes?\b|formats?\b|models?\b|resolutions?\b)",
    re.IGNORECASE,
)


def _listed(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    """A word that says "these are the values" and the values."""
    found = ValueList(ctx.text, match.end())
    if not found.closed or not (found.coded or _AFTER.match(ctx.text, found.end)):
        return None
    said = match[0].lower()
    if "例" in said:
        return None
    if ctx.index.names_all(found.values) and re.search(r"either|one of", said):
        return None
    if (
        re.search(r"models?\b|模型", said)
        and "model" not in own_name(ctx.subject.pointer if ctx.subject else "").lower()
    ):
        return None
    if "enum" not in said and "枚举" not in said and media_like(ctx.subject) and are_formats(found.values):
        return None
    return as_enum(found.values, ctx)


def _supported(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    """`supports` and values marked as code: two or more, or one after `only`."""
    found = ValueList(ctx.text, match.end())
    rest = ctx.text[found.end :]
    if not found.values or not found.coded or not found.closed or not (_AFTER.match(rest) or _VALUE_NOUN.match(rest)):
        return None
    if len(found.values) == 1 and not re.search(r"only|仅|只|:", match[0], re.IGNORECASE):
        return None
    if ctx.index.names_any(found.values) or any("url" in v.lower() for v in found.values):
        return None
    if media_like(ctx.subject) and are_formats(found.values):
        return None
    return as_enum(found.values, ctx)


def _fixed(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    found = ValueList(ctx.text, match.end())
    rest = ctx.text[found.end :]
    if len(found.values) != 1 or not found.coded or not (_AFTER.match(rest) or _VALUE_NOUN.match(rest)):
        return None
    return as_enum(found.values, ctx)


def _fixed_number(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    return [Keywords({"enum": [number(match["n"])]})] if is_number(ctx.subject) and types_of(ctx.subject) else None


def _bracketed(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    """`range [a, b, c]`: three values or more, or words, are a list and no range."""
    found = ValueList(ctx.text, match.end())
    words = any(not re.fullmatch(r"-?\d+(?:\.\d+)?", v) for v in found.values)
    if len(found.values) < 3 and not (words and len(found.values) == 2):
        return None
    return as_enum(found.values, ctx) if ctx.text[: found.end].endswith(("]", "]`")) else None


def _alternatives(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    if ctx.item or types_of(ctx.subject) - {"string", "integer", "number"}:
        return None
    values = [a or b for a, b in re.findall(r"`([^`]+)`|\"([^\"]+)\"", match["list"])]
    return (
        None
        if ctx.index.names_all(values) or (media_like(ctx.subject) and are_formats(values))
        else as_enum(values, ctx)
    )


def _numbers(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    if not is_number(ctx.subject) or not types_of(ctx.subject):
        return None
    return as_enum(re.findall(r"\d+", match["list"]), ctx)


def _alike(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    """Ratios or resolutions, two or more of one form, on a field that is called so."""
    name = own_name(ctx.subject.pointer).lower() if ctx.subject else ""
    if ctx.item or types_of(ctx.subject) != {"string"} or not re.search(r"ratio|resolution|quality|size", name):
        return None
    values = re.findall(_FORM, match["list"], re.IGNORECASE)
    return as_enum(values, ctx)


def _bare_zh(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    if types_of(ctx.subject) != {"string"} and not (is_number(ctx.subject) and types_of(ctx.subject)):
        return None
    found = ValueList(ctx.text, match.start("list"))
    if (
        len(found.values) < 2
        or not found.closed
        or ctx.index.names_any(found.values)
        or _PROSE_NAME.search(own_name(ctx.subject.pointer) if ctx.subject else "")
    ):
        return None
    if media_like(ctx.subject) and (are_formats(found.values) or any(_FILE_WORD.fullmatch(v) for v in found.values)):
        return None
    return as_enum(found.values, ctx)


_PROSE_NAME = re.compile(r"prompt|text|url|image|video|audio|description", re.IGNORECASE)
_FILE_WORD = re.compile(r"urls?|base64|https?|oss|data-?uri", re.IGNORECASE)


def _described(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    values = re.findall(r"`([^`]+)`(?:\s?:| for | to | means )", match[0])
    return None if ctx.item or ctx.index.names_any(values) else as_enum(values, ctx)


def _chip(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    if not ctx.whole or ctx.subject is None or types_of(ctx.subject) - {"string"}:
        return None
    return as_enum([v.strip() for v in match[0].split(",")], ctx)


_FORM = r"(?:\d{1,2}:\d{1,2}|\d{3,4}p|\d{1,2}k|\d{3,4}[x*]\d{3,4})(?![a-z0-9])"
_JOIN = r"\s?(?:,\s?(?:or |and )?|、|/|\||\s?\bor\b|\s?\band\b|或者?|和|及)\s?"
_CODE = r"(?:`[^`\n]{1,40}`|\"[^\"\n]{1,40}\")(?:\s?\([^()]{0,60}\))?"
_WORD = r"[A-Za-z0-9][A-Za-z0-9_.:*-]{0,39}"
_PAREN = r"(?:\s?\([^()]{0,60}\))?"
_SECONDS = r"\s?(?:s|seconds|秒)?"

PHRASES: tuple[Phrase, ...] = (
    Phrase(
        "enum",
        "en",
        ("enum", "value", "option", "one of", "choice", "choose", "either", "s:", "s :", "accepts"),
        compiled(
            r"(?:\benum(?: values?)?\s?:",
            r"|\b(?:possible|allowed|supported|available|valid|accepted|permitted|acceptable|optional|legal)\s",
            r"(?:(?:[a-z]+ )?(?:values?|options?|choices)\b(?: are| is| include)?|(?:(?!range)[a-z]+ "
            r"){0,2}(?!range)[a-z]+(?=\s?:))",
            r"|\b(?:options?|values|choices|accepts)\s?(?:are|:)|\bvalue is\b(?= either)|\b(?:must|should|can"
            r"|may)(?: only)? be (?:one of|either)",
            r"|\bone of(?: the following(?: values)?)?|\bchoose (?:from|between)"
            r"|\beither)\s?:?\s?(?=[`\"'\[A-Za-z0-9-])",
        ),
        _listed,
        (
            Example("Possible values: `auto`, `small`, `large`", "/motion", {"enum": ["auto", "small", "large"]}),
            Example("Enum: a4, b5", "/motion", {"enum": ["a4", "b5"]}),
            Example("Enum: `a4, b5`", "/motion", {"enum": ["a4", "b5"]}),
            Example("Allowed values: 5, 10", "/duration", {"enum": [5, 10]}),
            Example('Must be one of "low" or "high".', "/motion", {"enum": ["low", "high"]}),
            Example("Supported styles: `ink`, `oil`, default `ink`", "/motion", {"enum": ["ink", "oil"]}),
            Example("Options:\n\n* `ink` - black\n* `oil` - paint", "/motion", {"enum": ["ink", "oil"]}),
            Example("Options such as `low` exist.", "/motion"),
            Example("Values: `low`, `high`, etc.", "/motion"),
        ),
        always=True,
    ),
    Phrase(
        "enum.alternatives",
        "any",
        ("` or `", "`, or `", '" or "', "或", "/"),
        compiled(
            r"(?:(?::|-|\bas|\bbe|\bis|\beither|为|是|包括|支持|选择|传|填|使用)\s?)",
            rf"(?P<list>{_CODE}(?:(?:,|、|/)\s?{_CODE}){{0,12}}(?:,? or |\s?或者?\s?|\s?/\s?){_CODE})(?=\s*(?:$"
            r"|[.,(。]))",
        ),
        _alternatives,
        (
            Example("Who speaks: `narrator` or `actor`", "/motion", {"enum": ["narrator", "actor"]}),
            Example("速度为 `slow` 或 `fast`", "/motion", {"enum": ["slow", "fast"]}),
            Example("Either: `image` or `video`", "/motion"),
        ),
    ),
    Phrase(
        "enum.alike",
        "any",
        tuple("0123456789"),
        compiled(
            r"(?:^|[:(]|支持|为|是|可选|\bsupports?|\bbe|\bis"
            rf"|\bvalues)\s?[`\"]?(?P<list>{_FORM}(?:[`\"]?(?:\s?\([^()]{{0,40}}\))?{_JOIN}[`\"]?{_FORM}){{1,24}})",
            r"[`\"]?(?:\s?\([^()]{0,40}\))?(?=\s*(?:$|[.;,)]))",
        ),
        _alike,
        (Example("16:9, 4:3 or 1:1", "/aspect_ratio", {"enum": ["16:9", "4:3", "1:1"]}),),
    ),
    Phrase(
        "enum.numbers",
        "any",
        ("support", "支持", "accepts"),
        compiled(
            r"(?:\b(?:supports?|accepts?)(?: only)?|(?:仅|只|目前)?支持)\s?:?\s?",
            rf"(?P<list>\d+{_SECONDS}(?:{_JOIN}\d+{_SECONDS}){{1,20}})(?=\s*(?:$|[.,;()]))",
        ),
        _numbers,
        (
            Example("Supports 1, 2, 4.", "/n", {"enum": [1, 2, 4]}),
            Example("支持5、10秒", "/duration", {"enum": [5, 10]}),
        ),
    ),
    Phrase(
        "enum.supports",
        "any",
        ("support", "accept", "支持", "can be", "可选", "可设置", "可以", "可为"),
        compiled(
            r"(?:\b(?:supports?|accepts?|can be(?: set to)?|supported)(?: only)?\s?:?|支持(?:值|的值)?\s?:|(?:仅"
            r"|只|目前)?支持\s?",
            r"|可选\s?|可(?:以)?(?:设置)?(?:为|是)\s?)\s?(?=[`\"])",
        ),
        _supported,
        (
            Example("Supports: `fast`, `slow`", "/motion", {"enum": ["fast", "slow"]}),
            Example("仅支持 `standard`", "/motion", {"enum": ["standard"]}),
            Example("支持 `fast` 和 `slow` 两种", "/motion", {"enum": ["fast", "slow"]}),
            Example("Supports `fast`.", "/motion"),
        ),
    ),
    Phrase(
        "enum.zh",
        "zh",
        ("可选", "枚举", "取值", "选项", "可用", "接受的值", "支持值", "有效值", "支持的", "类型", "以下", "如下"),
        compiled(
            r"(?:可选(?:值|项|参数|的值|范围)?|枚举值?|可用(?:值|选项)|取值(?:有|为|包括)?|选项|可接受的值"
            r"|支持值|支持的值|有效值",
            r"|(?:支持)?以下[\u4e00-\u9fffA-Z ]{0,12}|(?-i:[\u4e00-\u9fff]){0,4}如下|支持的(?:值|类型|取值|选项|格式"
            r"|模式|分辨率|尺寸|比例|宽高比|模型|语言|时长))(?:\s?(?:为|是|有|包括|包含"
            r"|:)){1,3}\s?(?=[`\"'\[A-Za-z0-9-])",
        ),
        _listed,
        (
            Example("可选值：`fast`、`slow`", "/motion", {"enum": ["fast", "slow"]}),
            Example("枚举值: 5, 10", "/duration", {"enum": [5, 10]}),
            Example("可选值为 4、6、8。", "/duration", {"enum": [4, 6, 8]}),
            Example("可选值：\n- `fast`：快\n- `slow`：慢", "/motion", {"enum": ["fast", "slow"]}),
        ),
        always=True,
    ),
    Phrase(
        "enum.bare.zh",
        "zh",
        ("可选", "枚举", "取值", "支持", "可取"),
        compiled(
            r"(?:可选(?:值|项)?|枚举(?:值)?|取值(?:范围)?|可取(?:值)?|支持(?:值)?)\s?:?\s?(?:为\s?)?",
            rf"(?P<list>(?:{_WORD}|{_CODE}){_SECONDS}(?:{_PAREN}{_JOIN}(?:{_WORD}"
            rf"|{_CODE}){_SECONDS}){{1,30}}){_PAREN}(?=\s*(?:$|[.;,()]|两|三|四|等级|选项|模式|默认|default))",
        ),
        _bare_zh,
        (
            Example("可选值 slow / fast", "/motion", {"enum": ["slow", "fast"]}),
            Example("取值: slow(慢)、fast(快)", "/motion", {"enum": ["slow", "fast"]}),
            Example("取值：5 或 10", "/duration", {"enum": [5, 10]}),
            Example("支持 PNG、JPG", "/image", {"x-media": {"formats": ["png", "jpeg"]}}),
        ),
    ),
    Phrase(
        "enum.noted",
        "any",
        ("(",),
        compiled(
            rf":\s?(?P<list>{_WORD}\s?\([^()]{{1,40}}\)(?:\s?(?:,|、|/|;|or"
            rf"|或)\s?{_WORD}\s?\([^()]{{1,40}}\)){{1,12}})(?=\s*(?:$|[.。]))"
        ),
        _bare_zh,
        (Example("速度：slow(慢)、fast(快)", "/motion", {"enum": ["slow", "fast"]}),),
    ),
    Phrase(
        "enum.described",
        "any",
        ("`:", "` :", "` for ", "` to ", "` means "),
        compiled(
            r"`[^`\n]{1,40}` (?:for|to|means) [^`\n]{1,60},\s?(?:and |or )?`[^`\n]{1,40}` (?:for|to|means) "
            r"[^`\n]{1,60}(?:,\s?(?:and |or )?`[^`\n]{1,40}` (?:for|to|means) [^`\n]{1,60})*$"
            r"|`(?P<one>[^`\n]{1,40})`\s?:[^`\n,;]{1,60}[,;]\s?`[^`\n]{1,40}`\s?:[^`\n]{1,60}(?:[,;]\s?`[^`\n]{1,40}`\s?:[^`\n]{1,60})*$"
        ),
        _described,
        (
            Example("`slow`: 慢, `fast`: 快", "/motion", {"enum": ["slow", "fast"]}),
            Example("`slow` for a walk, `fast` for a run.", "/motion", {"enum": ["slow", "fast"]}),
        ),
        in_case=True,
    ),
    Phrase(
        "enum.fixed",
        "any",
        ("fixed", "must be", "must use", "always", "only", "固定", "必须", "始终为", "仅支持", "只能", "此处", "接受"),
        compiled(
            r"(?:\bfixed (?:as|to|at|value)\s?:?(?: is)?|\bmust (?:be|always be|use|be set to)|\balways"
            r"|\bonly(?: supports?)?",
            r"|(?:取值)?固定(?:值|为|使用|填)?\s?(?:为|:)?|必须(?:为|是|使用|填写?|设置为|传)|始终为"
            r"|此处(?:固定)?(?:为|填写?)|只能(?:为|是|填)|只接受|仅接受|仅支持(?:值)?)",
            r"\s?:?\s?(?=[`\"])",
        ),
        _fixed,
        (
            Example("Fixed as `video-1`.", "/motion", {"enum": ["video-1"]}),
            Example("必须为 `application/json`。", "/motion", {"enum": ["application/json"]}),
            Example("模型名称, 此处为 `video-1`", "/motion", {"enum": ["video-1"]}),
        ),
    ),
    Phrase(
        "enum.fixed-number",
        "any",
        ("fixed", "固定", "only supports", "仅支持", "只支持"),
        compiled(
            r"(?:\bfixed (?:at|to|as|value:)\s|固定(?:为|值:?)\s?|\b(?:currently |now )?only supports\s|(?:仅"
            r"|只)支持\s?)",
            rf"(?P<n>{NUMBER})(?=\s?(?:s|seconds?|秒|-second)?\s?(?:$|[.,;()]|duration|时长|视频"
            rf"|[a-z]{{1,10}}\s*(?:$|[.,;)])))",
        ),
        _fixed_number,
        (
            Example("Steps, fixed at 30", "/n", {"enum": [30]}),
            Example("目前固定为5秒", "/duration", {"enum": [5]}),
        ),
    ),
    Phrase(
        "enum.bracketed",
        "any",
        ("范围", "range", "取值", "values"),
        compiled(r"(?:范围|\brange|取值|\bvalues)(?:\s?(?:为|是|:)){0,2}\s?(?=`?\[)"),
        _bracketed,
        (
            Example("范围[8000, 16000, 32000]", "/n", {"enum": [8000, 16000, 32000]}),
            Example('范围: `["mp3", "wav"]`', "/motion", {"enum": ["mp3", "wav"]}),
            Example("范围[8000, 16000]", "/n", {"minimum": 8000, "maximum": 16000}),
        ),
    ),
    Phrase(
        "enum.chip",
        "any",
        (",",),
        compiled(r"^[A-Za-z0-9_.:*/+-]{1,40}(?:, [A-Za-z0-9_.:*/+-]{1,40})+$"),
        _chip,
        (Example("std, pro", "/motion", {"enum": ["std", "pro"]}),),
        always=True,
        in_case=True,
    ),
)
