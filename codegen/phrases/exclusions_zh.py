"""Fields that exclude each other or belong together, in Chinese."""

from __future__ import annotations

import re
from collections.abc import Sequence

from codegen.phrases.phrase import Context, Example, Phrase, Rule, Yield, compiled
from codegen.phrases.rulewords import (
    FIELDS,
    SEVERAL,
    case_condition,
    fields_in,
    pointers,
)
from codegen.phrases.sets import all_or_none, at_least_one, exclude, exclusive, held


def _exclude_zh(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    text = ctx.marked.text
    around = text[max(0, match.start() - 6) : match.start()] + match[0]
    if not re.search(r"互斥|兼容|冲突|不|勿|禁止|无法", around):
        return None
    return exclude(match, ctx)


def _one_zh(match: re.Match[str], ctx: Context) -> Sequence[Yield] | None:
    kind = "at_least_one" if re.search("至少|最少|为空", match["said"]) else "exactly_one"
    fields = pointers(fields_in(match["fields"], ctx))
    if "own" in match.groupdict() and ctx.subject is not None:
        fields = tuple(dict.fromkeys((ctx.subject.pointer, *fields)))
    if len(fields) < 2 or case_condition(ctx) is not None:
        return None
    return held([Rule(kind, fields)], match, ctx)


PHRASES: tuple[Phrase, ...] = (
    Phrase(
        "exclusive.zh",
        "zh",
        ("互斥", "兼容", "同时", "冲突", "一起", "共用", "并用"),
        compiled(
            r"(?:(?:与|和|跟|同|不(?:能|可|得|支持)?与|请勿与|不要与|勿与"
            rf"|禁止与)\s?(?P<fields>{FIELDS})\s?(?:互斥|不兼容|冲突|(?:不能|不可|不得|不支持|无法"
            r"|不可以)?(?:被)?(?:同时|一起|共同|混合)(?:使用|传入?|设置|存在|提供|指定|出现|启用|开启|生效"
            r"|共存)?|不(?:能|可)共(?:存|用)))"
        ),
        _exclude_zh,
        (
            Example("与 `prompt` 互斥。", "/multi_prompt", rules=(Rule("at_most_one", ("/multi_prompt", "/prompt")),)),
            Example(
                "不能与 `multi_prompt` 同时使用。",
                "/end_image",
                rules=(Rule("at_most_one", ("/end_image", "/multi_prompt")),),
            ),
        ),
    ),
    Phrase(
        "exclusive.set.zh",
        "zh",
        ("互斥", "同时", "冲突", "共存"),
        compiled(
            rf"(?P<fields>{SEVERAL})\s?(?:两者|二者|三者|参数|字段|之间|这两个参数)?\s?(?:互斥|互相排斥|冲突"
            r"|(?:不能|不可|不得|不支持|无法|不可以)(?:同时|共存|一起))"
        ),
        exclusive,
        (Example("`image` 与 `video` 不能同时传入。", None, rules=(Rule("at_most_one", ("/image", "/video")),)),),
    ),
    Phrase(
        "one.zh",
        "zh",
        ("二选一", "三选一", "任选", "至少", "必须提供其", "选一", "其中之一", "其一", "一个", "不能同时为空"),
        compiled(
            rf"(?P<fields>{SEVERAL})\s?(?:两者|二者|三者|参数|字段|中|之间)*\s?(?P<said>必须?(?:且只能)?(?:提供"
            r"|传|填|选)?(?:其中)?(?:之)?(?:一个|其一|二选一)|[二三四]选一(?:必填|必传)?|任选其?一个?|(?:必须"
            r"|需要?|应)?(?:至少|最少)(?:需要?|要)?(?:提供|传入?|填写?|选择?|有|存在|包含|指定"
            r"|设置)*(?:其中)?(?:之|其)?一个?|(?:不能|不可|不得)(?:同时|都|均)为空)"
        ),
        _one_zh,
        (
            Example("`image` 与 `video` 二选一必填。", None, rules=(Rule("exactly_one", ("/image", "/video")),)),
            Example("`image` 和 `video` 至少传一个。", None, rules=(Rule("at_least_one", ("/image", "/video")),)),
        ),
    ),
    Phrase(
        "one.with.zh",
        "zh",
        ("选一", "至少", "其一"),
        compiled(
            rf"(?P<own>与|和|跟)\s?(?P<fields>{FIELDS})\s?(?:中)?\s?(?P<said>[二三]选一(?:必填|必传)?|至少(?:提供"
            r"|传入?|填写?|选择?|有)?(?:其)?一个?)"
        ),
        _one_zh,
        (Example("与 `video` 二选一。", "/image", rules=(Rule("exactly_one", ("/image", "/video")),)),),
    ),
    Phrase(
        "one.least-of.zh",
        "zh",
        ("至少",),
        compiled(
            rf"至少(?:需要?|要)?(?:提供|传入?|填写?|选择?|有|包含|指定)\s?(?P<fields>{SEVERAL})\s?(?:中的?"
            r"|其中)(?:之|任意)?(?:一个?|其一)?"
        ),
        at_least_one,
        (Example("至少提供 `image` 或 `video` 中的一个。", None, rules=(Rule("at_least_one", ("/image", "/video")),)),),
    ),
    Phrase(
        "all.with.zh",
        "zh",
        ("同步",),
        compiled(
            rf"(?:须|必须|需要?|应)(?P<own>与|和|同)\s?(?P<fields>{FIELDS})\s?(?:参数|字段)?\s?同步(?:填写|设置"
            r"|传入?|提供)"
        ),
        all_or_none,
        (Example("须与 `height` 同步填写。", "/width", rules=(Rule("all_or_none", ("/width", "/height")),)),),
    ),
    Phrase(
        "all.zh",
        "zh",
        ("同时", "一起", "配合", "成对"),
        compiled(
            rf"(?P<fields>{SEVERAL})\s?(?:两者|二者|参数)?\s?(?:必须|需要?|应|要)(?:同时|一起|成对)(?:使用|传入?"
            r"|设置|存在|提供|指定|出现|填写?)"
        ),
        all_or_none,
        (Example("`width` 和 `height` 必须同时传入。", None, rules=(Rule("all_or_none", ("/width", "/height")),)),),
    ),
)
