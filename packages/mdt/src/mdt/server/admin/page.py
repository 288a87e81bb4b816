"""The web page: one file with its texts, and a policy that lets it load and run nothing else."""

import base64
import hashlib
import json
import re
from functools import cache
from pathlib import Path

from mdt.engine.messages import Reply
from mdt.language import LANGUAGES, Message, _, speaking
from mdt.server.admin.call import SAFETY, AdminCall
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
    """The page with its texts; "<" is escaped, because it could end a script."""
    texts = json.dumps(by_language(), ensure_ascii=False).replace("<", "\\u003c")
    return FILE.read_text(encoding="utf-8").replace(PLACE, f"const TEXTS = {texts};")


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


TEXTS: dict[str, Message] = {
    "session": _("Session"),
    "all": _("All sessions"),
    "reset": _("Reset"),
    "services": _("Services"),
    "calls": _("Live calls"),
    "time": _("Time"),
    "request": _("Request"),
    "scenario": _("Scenario"),
    "outcome": _("Answer"),
    "onlyUnmatched": _("unmatched only"),
    "pause": _("Pause"),
    "resume": _("Resume"),
    "filterCalls": _("Filter: path, service, scenario, status"),
    "filterServices": _("Filter services"),
    "live": _("live"),
    "lost": _("no connection, trying again"),
    "noCalls": _("No call yet. Send one to a service of this server:"),
    "noMatch": _("No call fits the filter."),
    "noServices": _("There are no services. Write one under mocks/."),
    "unmatched": _("unmatched"),
    "passthrough": _("passed on"),
    "compositions": _("Compositions"),
    "close": _("Close"),
    "reply": _("Answer"),
    "file": _("Written in"),
    "route": _("Route"),
    "delay": _("Delay"),
    "curl": _("As a curl command"),
    "copy": _("Copy"),
    "copied": _("Copied"),
    "nearMiss": _("Closest route"),
    "none": _("none"),
    "fault": _("Fault"),
    "to": _("Passed on to"),
    "clickClear": _("Back to the default"),
    "clickChoose": _("Play this scenario"),
    "token": _("This server asks for its token (it printed one when it started):"),
    "badFiles": _("The definitions have problems; the last good ones are played."),
    "gone": _("This session is gone; showing the default one."),
    "missed": _("calls were too many to show; reload the page to see the journal"),
    "dark": _("Dark"),
    "light": _("Light"),
    "auto": _("Auto"),
    "cut": _("… cut after 200,000 characters"),
    "loading": _("Loading…"),
    "resetAsk": _("Reset the state, journal, clock and counters of this session?"),
}


def by_language() -> dict[str, dict[str, str]]:
    """All texts in each language; the page chooses."""
    read = {}
    for name in LANGUAGES:
        with speaking(name):
            read[name] = {key: str(text) for key, text in TEXTS.items()}
    return read
