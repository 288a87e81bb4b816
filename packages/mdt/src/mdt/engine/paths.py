"""Percent-encoding of paths: a slash that was encoded belongs to its segment, so it stays "%2F" until that is cut out."""

import re
from urllib.parse import quote, unquote

_AMBIGUOUS = re.compile(r"%(?=(?:25)*2F)")  # a percent sign that would read like an encoded slash
_KEPT = re.compile(r"%((?:25)*)2F")
_SAFE = ":@!$&'()*+,;=~"  # RFC 3986, 3.3: what a segment may hold as it is


def decoded(path: str) -> str:
    """A path as the engine has it: everything decoded but the slashes within a segment."""
    return "/".join(map(_kept, path.split("/"))) if "%" in path else path


def _kept(segment: str) -> str:
    return _AMBIGUOUS.sub("%25", unquote(segment)).replace("/", "%2F")


def value(segment: str) -> str:
    """What a segment of such a path stands for: "a%2Fb" is "a/b"."""
    return _KEPT.sub(lambda found: f"%{found[1][2:]}2F" if found[1] else "/", segment) if "%" in segment else segment


def encoded(path: str) -> str:
    """Such a path as it stands in a URL."""
    return "/".join(quote(value(segment), safe=_SAFE) for segment in path.split("/"))
