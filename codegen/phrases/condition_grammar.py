"""The pieces of a condition, English and Chinese, as patterns on marked text (`mentions.py`)."""

from __future__ import annotations

import re
from typing import Final

from codegen.phrases.lazy import Pattern
from codegen.phrases.mentions import FIELD, MARK

_SEP = r"(?:\s?,\s?(?:and |or )?|\s(?:and|or|nor)\s(?:the )?|\s?[/、和与或及且]\s?)"

NUMBER = r"-?\d+(?:\.\d+)?"

_BARE = r"[A-Za-z][\w./:+-]*\w|[A-Za-z]|(?-i:[\u4e00-\u9fff])+"

_FIELDS = rf"(?P<fields>{FIELD}(?:{_SEP}{FIELD})*)"

_LINK = (
    r"(?:\s?(?:is|are|was|being)? ?(?P<not>not |n't )?(?:explicitly )?(?:set to|equal to|equals?|one of"
    r"|either|in|has value|of type)(?![a-z])"
    r"|\s?:\s?(?=(?:true|false|[\ue800-\uf3ff\"]))|\s(?:is|are|was|be)(?P<not2> not|n't)?(?: either| "
    r"one of)?(?= )|\s?(?P<not3>!|<>|≠)?={1,3}|\s?(?P<ne><>|≠)"
    r"|\s?(?P<not4>不)?(?:设置?为|被设为|取值?为|指定为|选择为?|等于|值为|选|为|是)(?!空|必|true时有效))"
)

_PRESENT = (
    r"(?:(?:is|are|has been|have been)(?: also| already| both| explicitly| being)? "
    r"(?P<pnot>not |n't )?(?:also |both |explicitly |being )?(?:provided|set|specified|present|given"
    r"|used|supplied|passed|included|defined|selected"
    r"|in use|available|configured|non-?empty|uploaded|sent)"
    r"|(?:is|are) (?P<pempty>empty|absent|missing|omitted|null|unset|blank|undefined|not empty|not null"
    r"|left empty|left blank|none)"
    r"|(?P<zempty>(?:字段)?(?:不为空|非空|为空|不存在|存在|未提供|未传入?|未指定|未设置|不传|没有传入?"
    r"|未填|未上传|有值|已提供|已设置))"
    r"|exists?\b)"
)

_SWITCH = (
    r"(?:(?:is |are )?(?P<sw>enabled|disabled|turned on|turned off|activated|on|off)\b|(?P<zsw>开启|启用"
    r"|打开|关闭|禁用|未启用|未开启)(?:时|后)?)"
)

_USING = (
    r"(?:(?:you(?:'re| are)? )?(?P<using>using|used with|providing|specifying|passing|including"
    r"|supplying|use|provide|specify|pass|with|set|setting)"
    r"|(?P<without>without|no|not using|not providing|not specifying|omitting)|(?P<zusing>使用了?"
    r"|传入了?|提供了?|设置了?|传了?|指定了?|上传了?)"
    r"|(?P<zwithout>未提供|未传入?|不传|未设置|未使用|未指定|没有|不使用|无)) ?"
)

_LEAD = r"\s*(?:(?:if|when|where|the|both|either|also|or if|及|若|当|如果|且|同时)\s*)*"

ATOM_VALUE: Final = Pattern(rf"{_LEAD}{_FIELDS}{_LINK}\s*", re.IGNORECASE)

ATOM_PRESENT: Final = Pattern(rf"{_LEAD}{_FIELDS}\s?(?:都|均|both )?{_PRESENT}", re.IGNORECASE)

ATOM_SWITCH: Final = Pattern(rf"{_LEAD}{_FIELDS}\s?{_SWITCH}", re.IGNORECASE)

ATOM_USING: Final = Pattern(
    rf"{_LEAD}{_USING}(?:both |either |a |an |the )?{_FIELDS}(?P<tail> (?:is |are )?(?:provided|set"
    r"|specified|given|present|used|supplied|时))?"
    rf"(?!\s?(?:is|are|=|to|为|设为|设置为)[\s\ue000-\uf3ff])",
    re.IGNORECASE,
)

ATOM_SWITCHED: Final = Pattern(
    rf"{_LEAD}(?:(?P<on>开启|启用|打开|enabling|enable)|(?P<off>关闭|禁用|disabling))了?\s?{_FIELDS}", re.IGNORECASE
)

ATOM_SELF_VALUE: Final = Pattern(
    r"\s*(?:(?:if|when|当|若|如果)\s*)?(?:(?:it is |this is |is )?set to |it is |(?:值|取值"
    rf"|参数)?(?:设置为|设为|为|是))?\s?(?={MARK}|true\b|false\b)",
    re.IGNORECASE,
)

ATOM_SELF_PRESENT: Final = Pattern(
    r"\s*(?:(?:if|when)\s)?(?:(?:it is |this is |is )?(?:provided|specified|given|supplied|set"
    r"|present)(?=\s?,)|(?:传入|设置|提供|使用|指定)(?:该?参数|本参数)?(?=后|时))",
    re.IGNORECASE,
)

ATOM_SELF_SWITCH: Final = Pattern(
    r"\s*(?:it is |this is )?(?P<sw>enabled|turned on|disabled|turned off)(?=\s?,)", re.IGNORECASE
)

ATOM_ALONE: Final = Pattern(rf"{_LEAD}{_FIELDS}(?=\s*(?:$|[.,;)]))", re.IGNORECASE)

ITEM: Final = Pattern(
    rf"({MARK}|{NUMBER}(?:\s?(?:s|seconds|秒)\b)?|{_BARE})(?:\s(?=(?-i:[\u4e00-\u9fff])))?", re.IGNORECASE
)

ITEM_SEP: Final = Pattern(
    r"\s?,\s?(?:or |and )?|\s(?:or|and)\s(?!when|if)|\s?[/、|]\s?|\s?(?:或者?|和|与)\s?(?!当)", re.IGNORECASE
)

CONNECT: Final = Pattern(
    r"\s?,?\s?(?:(?P<and>and|且|并且|同时|以及|而且|&&)|(?P<or>or|或者?|\|\|))\s?(?:when |if |当"
    r"|(?:only )?(?:if|when) )?",
    re.IGNORECASE,
)

NOT_VALUES = frozenset(
    [
        "also",
        "must",
        "provided",
        "set",
        "specified",
        "present",
        "given",
        "used",
        "supplied",
        "passed",
        "included",
        "not",
        "the",
        "a",
        "an",
        "required",
        "enabled",
        "disabled",
        "empty",
        "omitted",
        "selected",
        "null",
        "available",
        "needed",
        "using",
        "in",
        "on",
        "of",
        "it",
        "this",
        "mandatory",
        "ignored",
        "unset",
        "for",
        "as",
        "and",
        "or",
        "than",
        "too",
        "either",
        "longer",
    ]
)
