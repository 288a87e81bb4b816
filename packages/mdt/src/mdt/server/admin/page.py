"""The web pages: each is one file with its texts, and a policy that lets it load and run nothing else.

style.css and shared.js are put into both, so that they look and behave alike.
"""

import base64
import hashlib
import json
import re
from functools import cache
from pathlib import Path

from mdt.engine.messages import Reply
from mdt.language import LANGUAGES, speaking
from mdt.server.admin.call import SAFETY, AdminCall
from mdt.server.admin.page_texts import CREATE_TEXTS, MONITOR_TEXTS
from mdt.server.exchange import ServerAnswer

FOLDER = Path(__file__).parent
MONITOR, CREATE = "page.html", "create.html"
PLACE = "const TEXTS = /* by language; the server fills them in */ {};"


def page(call: AdminCall) -> ServerAnswer:  # noqa: ARG001 - a handler
    return _page(MONITOR)


def create(call: AdminCall) -> ServerAnswer:  # noqa: ARG001
    return _page(CREATE)


@cache
def _page(name: str) -> Reply:
    text = html(name)
    headers = (
        ("content-type", "text/html; charset=utf-8"),
        ("content-security-policy", policy(text)),
        ("referrer-policy", "no-referrer"),
        ("x-frame-options", "DENY"),
        *SAFETY,
    )
    return Reply(200, headers, text.encode())


def html(name: str) -> str:
    """The page with style, shared script and texts; "<" is escaped, because it could end a script."""
    texts = json.dumps(by_language(name), ensure_ascii=False).replace("<", "\\u003c")
    return template(name).replace(PLACE, f"const TEXTS = {texts};")


def template(name: str) -> str:
    """The page as it is written, with style and shared script."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    for part in ("style.css", "shared.js"):
        text = text.replace(f"/* {part} */", (FOLDER / part).read_text(encoding="utf-8").strip())
    return text


def policy(text: str) -> str:
    """The content security policy, with the hashes of the page's script and style."""
    return (
        f"default-src 'none'; script-src {_hash('script', text)}; style-src {_hash('style', text)}; connect-src 'self'; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _hash(tag: str, text: str) -> str:
    (content,) = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
    return f"'sha256-{digest}'"


TEXTS = {MONITOR: MONITOR_TEXTS, CREATE: CREATE_TEXTS}


def by_language(name: str) -> dict[str, dict[str, str]]:
    """All texts of a page in each language; the page chooses."""
    read = {}
    for spoken in LANGUAGES:
        with speaking(spoken):
            read[spoken] = {key: str(text) for key, text in TEXTS[name].items()}
    return read
