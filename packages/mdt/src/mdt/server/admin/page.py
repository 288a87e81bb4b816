"""The web page: one file of our own; its policy lets it load nothing and run nothing else."""

import base64
import hashlib
import json
import re
from functools import cache
from pathlib import Path

from mdt.engine.messages import Reply
from mdt.server.admin.call import AdminCall
from mdt.server.admin.errors import SAFETY
from mdt.server.admin.page_texts import by_language
from mdt.server.exchange import ServerAnswer

FILE = Path(__file__).with_name("page.html")
PLACE = "const TEXTS = /* by language; the server fills them in */ {};"


def page(call: AdminCall) -> ServerAnswer:  # noqa: ARG001 - a handler
    return _page()


@cache
def _page() -> Reply:
    text = html()
    headers = (
        ("content-type", "text/html; charset=utf-8"),
        ("content-security-policy", policy(text)),
        ("referrer-policy", "no-referrer"),
        ("x-frame-options", "DENY"),
        *SAFETY,
    )
    return Reply(200, headers, text.encode())


def html() -> str:
    """With its texts, as a script may hold them: no "<" that could end it."""
    texts = json.dumps(by_language(), ensure_ascii=False).replace("<", "\\u003c")
    return FILE.read_text(encoding="utf-8").replace(PLACE, f"const TEXTS = {texts};")


def policy(text: str) -> str:
    """Scripts and styles are known by their hashes: a change of the file changes the policy."""
    return (
        f"default-src 'none'; script-src {_hash('script', text)}; style-src {_hash('style', text)}; connect-src 'self'; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _hash(tag: str, text: str) -> str:
    (content,) = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
    return f"'sha256-{digest}'"
