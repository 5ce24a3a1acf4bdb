"""What makes a sentence worth reading, what makes it doubtful, and what makes it a constraint not understood."""

from __future__ import annotations

import re
from functools import lru_cache

# Patterns without IGNORECASE are matched on lower-case text: that takes a fraction of the time.
_ADVICE = re.compile(
    r"\b(?:recommend\w*|suggest\w*|ideal\w*|typical\w*|usually|generally|about|around|approx\w*|roughly"
    r"|best (?:results?|quality|practice)"
    r"|prefer\w*|advis\w*|common(?:ly)?|reasonable|tip:|higher values|lower values|larger values"
    r"|smaller values|decoded)|~\s?\d+p\b|^\s?values? (?:between|from|of|above|below|in)\b"
    r"|建议|推荐|大约|大概|通常|一般|约为|约\s?\d|合理的值|解码|之间的值|的值会|的值表示",
    re.ASCII,
)
_TOTAL = re.compile(
    r"\b(?:combined|total (?:duration|length|size|number|pixels?|file)|in total|altogether|sum of"
    r"|totalling|overall|difference)\b"
    r"|总和|总(?:时长|大小|像素|数|字符|长度|计)|合计|所有(?:文件|视频|音频)|之和|总共|之差",
    re.ASCII,
)
_ELSEWHERE = re.compile(
    r"\b(?:for example|e\.g\.|such as|billed|costs?|credits?|price\w*|takes? (?:about |up to )?\d+[ "
    r"\d-]{0,8}(?:s|min|hour)|latency|expires?"
    r"|expiry|rate limit\w*|retained|stored for|per (?:minute|hour|day)|valid for|available for|an "
    r"example|examples?:)\b"
    r"|例如|比如|积分|计费|费用|每秒|每分钟|有效期|保留|小时内|天内|过期|示例",
    re.ASCII,
)
_WHEN = re.compile(
    r"\b(?:when|if|unless|whenever|depending|depends|while using|otherwise)\b"
    r"|^(?:for|with|in) [^,.;:]{1,40}[,:]|^[\w.-]{1,20} (?:models?|mode):"
    r"|当(?!前)|若|如果|情况下|场景下|模式下|(?<!同)时,|(?<!同)时支持|(?<!同)时最|(?<!同)时仅"
    r"|(?<!同)时为|对于|如使用|使用.{1,20}时",
    re.ASCII,
)
_MODEL = re.compile(
    r"\b(?:in (?:the )?\S{1,20} mode|(?:for|with|on|by) (?:the )?\S{1,30} (?:models?|modes?|versions?|plans?|tier)"
    r"|in \S{1,20} models?|\S{1,20} models? (?:only|supports?)|(?:pro|std|standard|professional|master|turbo) mode"
    r"|(?:free|paid|enterprise) (?:users?|plans?|tier))\b"
    r"|\b(?:image|text|video)-to-(?:image|video)\b|模型(?:仅|只|支持|下)|版本|套餐",
    re.ASCII,
)
_HARMLESS = re.compile(
    r"if (?:it is )?(?:longer|exceed|more|omitted|not (?:set|provided|specified))|超出|若超|如果超|若音频时长超|当前",
)
_CODE = re.compile(r"`[^`\n]{1,120}`")
_BOUNDARY = re.compile(r"[,;()]")


def certain(text: str, start: int, end: int) -> bool:
    """Whether what a sentence says from `start` to `end` holds as it stands.

    It does not where it is advice, an example, about several fields taken together, or under a condition.
    """
    if "`" in text:
        text = _CODE.sub(lambda m: "`" * len(m[0]), text)
    before = 0
    for boundary in _BOUNDARY.finditer(text, 0, start):
        before = boundary.end()
    following = _BOUNDARY.search(text, end)
    after = following.start() if following else len(text)
    return _holds(text, before, after)


@lru_cache(maxsize=512)
def _holds(text: str, before: int, after: int) -> bool:
    """Whether the clause from `before` to `after` holds; several limits may stand in one clause."""
    own, until = text[before:after].lower(), text[:after].lower()
    if _ADVICE.search(own) or _TOTAL.search(own):
        return False
    if _MODEL.search(own) or _ELSEWHERE.search(until) or _WHEN.search(until):
        return False
    rest = text[after + 1 :].lstrip().lower()
    return not (_WHEN.match(rest) and not _HARMLESS.match(rest))


CONSTRAINT = re.compile(
    r"\b(?:must|required?|requires|mandatory|cannot|can't|can not|may not|must not|should not|shouldn't"
    r"|do not|don't|only|at least|at most|no more than|no less than|up to|maximum|minimum|max|min"
    r"|exceed\w*"
    r"|between [^.]{0,20}\d|range\w*|limit\w*|mutually|exclusive|incompatible|compatible|together|either"
    r"|neither|ignored|no effect|take effect|takes effect|overrid\w*|precedence|one of|exactly|not "
    r"supported|not allowed|unsupported"
    r"|invalid|valid values?|allowed|possible values|options are|less than|greater than|more than|fewer "
    r"than|larger than|smaller than|shorter than|longer than|within|unless|should be|needs? to|has to"
    r"|have to"
    r"|defaults?|deprecated|multiples? of|equal|recommended|same .{0,30} as)\b"
    r"|<=|>=|[<>]\s?\d|\d\s?(?:px|mb|kb|gb|seconds?|characters?|chars)\b|\d\s?-\s?\d"
    r"|必须|必填|必传|必需|需要|需[与在同为]|不能|不可|不得|不支持|不允许|请勿|仅|只能|只支持|只有|最大"
    r"|最小|最多|最少|最长|最短|最高|至少|至多|不超过|不低于|不小于|不少于|范围|区间|互斥|冲突|兼容|同时"
    r"|忽略|无效|生效|有效|之间|以内|上限|限制|长度"
    r"|可选值|枚举|取值|默认|建议|二选一|任选|大于|小于|等于|之和|固定|倍数",
)
"""The marks of a constraint: a sentence that has one and yielded nothing is reported."""

CONSTRAINT_HINTS = frozenset(
    (
        *(
            "must",
            "requir",
            "mandator",
            "cannot",
            "can't",
            "can not",
            "not",
            "only",
            "least",
            "most",
            "more than",
            "less than",
        ),
        *("up to", "max", "min", "exceed", "between", "rang", "limit", "mutually", "exclusive", "compatib", "together"),
        *(
            "either",
            "neither",
            "ignored",
            "effect",
            "overrid",
            "precedence",
            "one of",
            "exactly",
            "valid",
            "allowed",
            "values",
        ),
        *(
            "options",
            "than",
            "within",
            "unless",
            "should",
            "need",
            "has to",
            "have to",
            "default",
            "deprecat",
            "multiple",
        ),
        *(
            "equal",
            "recommend",
            "same ",
            "<",
            ">",
            "px",
            "mb",
            "kb",
            "gb",
            "second",
            "char",
            "-",
            "when",
            "if ",
            "once",
        ),
        *(
            "必",
            "需",
            "不",
            "勿",
            "仅",
            "只",
            "最",
            "至少",
            "至多",
            "范围",
            "区间",
            "互斥",
            "冲突",
            "兼容",
            "同时",
            "忽略",
        ),
        *(
            "无效",
            "效",
            "之间",
            "以内",
            "上限",
            "限",
            "长度",
            "可选",
            "枚举",
            "取值",
            "默认",
            "建议",
            "选",
            "大于",
            "小于",
        ),
        *("等于", "之和", "固定", "倍数", "当", "若", "如果", "时"),
    )
)
"""A sentence without any of these strings has no mark of a constraint: a cheap check ahead of CONSTRAINT."""

BINDING = re.compile(
    r"\b(?:must (?:not|also|only|match|contain|include|have)|required (?:when|if|for|unless)|requires"
    r"|cannot|can't|can not|must not|only (?:when|if|valid|available|supported|takes?|works?|applies"
    r"|used|one)|mutually|exclusive|incompatible|not compatible|ignored|no effect"
    r"|either|overrid\w*|not supported (?:when|with|if)|at least one|exactly one|together with|unless)\b"
    r"|必须|互斥|仅当|只有|忽略|无效|生效|不能同时|不兼容|二选一|必填|必传|冲突|配合",
)
"""The marks of a rule: what is left of a sentence that yielded keywords is reported if it has one."""

CONDITION = re.compile(r"\b(?:when|if|once|where)\b|当|若|如果|时")
"""The marks of a condition: they count only in a sentence that mentions another field."""

EACH = re.compile(
    r"\b(?:each|every) (?:shot|storyboard|segment|item|element|entry|clip|part|scene)|每(?:个|段"
    r"|条)?(?:镜头|分镜|分段|片段|元素)",
    re.IGNORECASE,
)
"""Says that the members of an array's items are meant."""
