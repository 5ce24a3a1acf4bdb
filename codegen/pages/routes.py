"""Which HTTP method and path a markdown page is about, where it says so."""

from __future__ import annotations

import re
from dataclasses import dataclass

from codegen.pages.page import Page
from codegen.pages.tags import Fence, fences

_METHODS = "GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS"
_URL = re.compile(r"(?P<server>(?:https?|wss?)://[^/\s\"'`<>?|）]+)?(?P<path>/[^\s\"'`?,|<>（）)]*)?", re.IGNORECASE)
_QUERY = re.compile(r"[?&]([A-Za-z_][\w.-]{0,60})=(?=[<{]|$)")
_FRONT = re.compile(r"^(?:api|openapi):[ \t]*[\"']?(?P<value>[^\"'\n]+)[\"']?[ \t]*$", re.MULTILINE)
_FRONT_VALUE = re.compile(rf"(?:\S+\s+)?(?P<method>{_METHODS})\s+(?P<url>\S+)", re.IGNORECASE)
_METHOD = re.compile(r"[DGHOP](?:ET|OST|UT|ATCH|ELETE|EAD|PTIONS)\b")
_BEFORE = re.compile(r"[\w/-]")
_ADDRESS = re.compile(
    r"(?:\*\*|`)*[ \t:：]*(?:\*\*|`)*(?P<url>https?://[^\s\"'`<>|）)]+|/[\w{}:.<>/~@$-]*[\w}>/])",
)
_CURL = re.compile(r"\bcurl\b(?P<rest>(?:[^\n]*\\\n)*[^\n]*)")
_CURL_URL = re.compile(r"(?P<url>https?://[^\s\"'\\]+)")
_CURL_METHOD = re.compile(rf"(?:-X|--request)[ =]*[\"']?(?P<method>{_METHODS})\b")
_CURL_DATA = re.compile(r"(?:^|\s)(?:-d|--data(?:-raw|-binary|-urlencode)?|-F|--form|--json)(?:\s|=|'|\")")


@dataclass(frozen=True, slots=True)
class Route:
    """A method and path, the server where the address names one, and the line.

    `query` names the parameters for which the address has a placeholder: `?task_id=<task_id>`.
    """

    method: str
    path: str
    server: str | None
    line: int
    query: tuple[str, ...] = ()


def route(method: str, url: str, line: int) -> Route | None:
    """Return the route of a method and an address; a server alone is its root, None where there is neither."""
    match = _URL.match(url.strip())
    if match is None or not match[0]:
        return None
    path = (match["path"] or "").rstrip("\\") or "/"
    server = match["server"] if match["server"] and "." in match["server"] else None
    query = tuple(_QUERY.findall(url, match.end()))
    return Route(method.upper(), path.rstrip("/") or "/", server, line, query)


def front_matter(page: Page) -> tuple[dict[str, str], int]:
    """Return the front matter's plain `key: value` lines, and the number of lines it takes."""
    if page.lines[0].strip() != "---":
        return {}, 0
    values: dict[str, str] = {}
    for number, line in enumerate(page.lines[1:400], 2):
        if line.strip() == "---":
            return values, number
        key, colon, value = line.partition(":")
        if colon and key.strip() and not key.startswith((" ", "-", "\t")):
            value = value.strip()
            values[key.strip()] = (
                value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value
            )
    return {}, 0


def stated(text: str, line: int) -> Route | None:
    """Return the route a heading or a line of prose names: `POST /v1/x`."""
    for match in _METHOD.finditer(text):
        address = _ADDRESS.match(text, match.end())
        if (
            address
            and not _BEFORE.match(text[match.start() - 1 : match.start()])
            and (made := route(match[0], address["url"], line))
        ):
            return made
    return None


def all_stated(page: Page) -> list[Route]:
    """Return the routes that lines outside of code name, in order."""
    found: list[Route] = []
    spans: list[Fence] | None = None
    for match in _METHOD.finditer(page.text):
        address = _ADDRESS.match(page.text, match.end())
        if address is None or _BEFORE.match(page.text[match.start() - 1 : match.start()]):
            continue
        if spans is None:
            spans = list(fences(page))
        if any(span.start <= match.start() < span.end for span in spans):
            continue
        if made := route(match[0], address["url"], page.line_at(match.start())):
            found.append(made)
    return found


def from_front_matter(page: Page) -> Route | None:
    """Return the route of Mintlify's `api:` or `openapi:` key."""
    values, _ = front_matter(page)
    for key in ("api", "openapi"):
        if match := _FRONT_VALUE.match(values.get(key, "")):
            return route(match["method"], match["url"], 1)
    return None


def from_curl(page: Page) -> list[Route]:
    """Return the routes of the page's curl samples in order, each once."""
    found: dict[tuple[str, str], Route] = {}
    if "curl" not in page.text:
        return []
    for match in _CURL.finditer(page.text):
        rest = match["rest"]
        url = _CURL_URL.search(rest)
        if url is None:
            continue
        method = _CURL_METHOD.search(rest)
        name = method["method"] if method else "POST" if _CURL_DATA.search(rest) else "GET"
        made = route(name, url["url"], page.line_at(match.start()))
        if made:
            found.setdefault((made.method, made.path), made)
    return list(found.values())


def of_page(page: Page, stated: list[Route] | None = None) -> Route | None:
    """Return the one route the page is about, or None where it names none or several without telling which.

    `stated` is `all_stated(page)` where the caller has it already.
    """
    if made := from_front_matter(page):
        return made
    named: dict[tuple[str, str], Route] = {}
    for made in all_stated(page) if stated is None else stated:
        named.setdefault((made.method, made.path), made)
    if len(named) == 1:
        return next(iter(named.values()))
    curls = from_curl(page)
    if len(curls) == 1:
        return curls[0]
    return None
