"""Words of outlined pages, English and Chinese: which section a heading opens, what a label is about."""

from __future__ import annotations

import re
from typing import Final

from codegen.pages import columns

_SECTION_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "header": (
        "请求头 请求头参数 请求header 请求headers",
        "headers header requestheaders requestheader headerparameters",
    ),
    "body": ("请求体 请求体参数 body参数", "requestbody body bodyparameters requestbodyparameters"),
    "query": ("查询参数 query参数 url参数", "queryparameters query querystring queryparams"),
    "path": ("路径参数 path参数", "pathparameters pathparams urlparameters"),
    "request": (
        "请求参数 输入 输入参数 参数 入参 请求 参数说明 必填参数 可选参数 其他参数",
        "requiredparameters optionalparameters requestparameters parameters params input inputparameters request "
        "inputs arguments",
    ),
    "response": (
        "响应 响应参数 响应体 响应字段 响应结果 响应说明 返回 返回参数 返回结果 返回值 返回字段 正常返回 "
        "输出 输出参数 出参",
        "response responses responseparameters responsebody responsefields responseformat output outputs returns",
    ),
}
SECTIONS: Final = {word: kind for kind, words in _SECTION_WORDS.items() for word in " ".join(words).split()}
REQUIRED_SECTIONS: Final = {
    "必填参数": True, "requiredparameters": True, "可选参数": False, "其他参数": False, "optionalparameters": False,
}  # fmt: skip

_REQUIRED_WORD = re.compile(r"\b(required|optional)\b|(必填|必需|必须|可选|选填)", re.IGNORECASE)

_LABEL_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "type": ("类型", "数据类型", "type"),
    "required": ("必填", "必需", "必须", "必选", "是否必填", "是否必需", "required"),
    "default": ("默认值", "默认", "default", "default value"),
    "values": (
        "枚举值", "可选值", "范围", "取值范围", "枚举", "options", "enum", "range", "values", "allowed values",
        "possible values",
    ),
    "description": ("说明", "描述", "description"),
    "example": ("示例值", "示例", "example", "examples"),
    "members": ("属性", "子字段", "字段", "参数", "properties", "fields", "attributes"),
    "method": ("方法", "请求方法", "http 方法", "http方法", "请求方式", "method", "http method"),
    "address": (
        "路径", "端点", "接口地址", "请求地址", "请求路径", "请求端点", "接口路径", "接口", "api 端点", "请求 url",
        "请求url", "url", "path", "endpoint",
    ),
}  # fmt: skip
_LABELS: Final = {word: name for name, words in _LABEL_WORDS.items() for word in words}


def split_label(text: str) -> tuple[str, str]:
    """Return a text's label and what follows its colon, both without emphasis; ("", "") where it has no label."""
    head = text[:60].replace("：", ":")
    at = head.find(":")
    label = head[:at].strip().strip("*").strip()
    if at < 0 or not 0 < len(label) <= 24 or any(mark in label for mark in "*`\n"):
        return "", ""
    return label, text[at + 1 :].lstrip(" *")


def label_of(text: str) -> tuple[str, str]:
    """Return what a labelled text is about and its value; ("", "") where it has no label of ours."""
    label, value = split_label(text)
    name = _LABELS.get(label.lower(), "")
    return (name, value) if name else ("", "")


def stated_parts(rest: str) -> list[str]:
    """Return what stands right after a listed name: its type first, then flags; nothing where prose stands there.

    In parentheses, in bold, or plain up to the first words that are neither a type nor a flag.
    """
    marked = re.match(r"\s*(?:[(（]([^()（）]{1,80})[)）]|((?:\*\*[^*]{1,40}\*\*\s*)+))", rest)
    if marked:
        text = columns.bare(re.sub(r"\*\*\s+\*\*", ", ", marked[1] or marked[2]))
        parts = re.split(r"\s*[,，;；]\s*|\s(?=required\b|optional\b|必填|必需)", text)
    else:
        parts = re.split(r"\s*[,，。\n]\s*", rest.strip(" \t\n:：")[:120])
        if not re.match(r"\s*(?:[:：]|\n)", rest):
            return []
    kind = columns.type_of(parts[0])
    if kind.type is None and not kind.array:
        return ["", parts[0]] if _REQUIRED_WORD.fullmatch(parts[0].strip()) else []
    if marked is None and not re.fullmatch(r"[\w\[\]<>| ]{1,40}", parts[0]):
        return []
    flags = [part for part in parts[1:4] if _REQUIRED_WORD.fullmatch(part.strip()) or label_of(part)[0] == "default"]
    return [parts[0], *(parts[1:] if marked else flags)]


def stated_required(text: str) -> bool | None:
    """Return what a text says of being required; None where it says nothing."""
    match = _REQUIRED_WORD.search(text)
    if match is None:
        return None
    return match[0].lower() in ("required", "必填", "必需", "必须")
