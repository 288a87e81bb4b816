"""Paths of other tools as templates of mdt: /users/:id, regular expressions of simple forms, absolute URLs."""

import re
from urllib.parse import parse_qs, quote, unquote, urlsplit

_SAFE = "-._~!$&'()*+,;=:@/%{}"
_COLON = re.compile(r":([A-Za-z_]\w*)\??(?=/|$|[.:-])")
_SEGMENT = re.compile(r"(?:\(\?:)?(?:\.[*+]|\[[^\]]*\](?:[*+]|\{[\d,]+\})|\\[dw](?:[*+]|\{[\d,]+\}))\)?")


def from_express(path: str) -> str:
    """The template for Express's path: /users/:id, /files/*."""
    template = _COLON.sub(r"{\1}", "/" + path.lstrip("/"))
    return re.sub(r"/\*+\w*$", "/{rest:path}", quote(template, safe=_SAFE + ":"))


def from_regex(pattern: str) -> str | None:
    """The template for a regular expression whose changing parts are whole segments; None for any other."""
    plain = pattern.removeprefix("^").removesuffix("$").replace("[^/]", "[^_]")  # a slash that ends no segment
    segments = plain.split("/")
    if segments[:1] != [""]:
        return None
    named: list[str] = []
    for number, segment in enumerate(segments[1:], 1):
        found = _named(segment, number, last=number == len(segments) - 1)
        if found is None:
            return None
        named.append(found)
    return "/" + "/".join(named)


def _named(segment: str, number: int, *, last: bool) -> str | None:
    inner = segment.strip("()")
    if inner in (".*", ".+"):
        return "{rest:path}" if last else f"{{part{number}}}"
    if _SEGMENT.fullmatch(segment) or (segment[:1] == "(" and _SEGMENT.fullmatch(inner)):
        return f"{{part{number}}}"
    plain = re.sub(r"\\([./_-])", r"\1", segment)
    return None if re.search(r"[\\()\[\]{}*+?|^$]", plain) else plain


def split_url(url: str) -> tuple[str, str, dict[str, list[str]]]:
    """Origin ("" if there is none), path, and query of a URL, whose variables ({{base}}) are no host."""
    url = re.sub(r"^\{\{[^}]*\}\}", "", url)
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
    return origin, quote(unquote(parts.path), safe=_SAFE) or "/", parse_qs(parts.query, keep_blank_values=True)


def query_match(query: dict[str, list[str]]) -> dict[str, object]:
    """The `query` part of a match."""
    values = {name: given[0] if len(given) == 1 else given for name, given in query.items()}
    return {"query": values} if values else {}
