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
from mdt.language import LANGUAGES, Message, _, speaking
from mdt.server.admin.call import SAFETY, AdminCall
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


FRAME: dict[str, Message] = {
    "token": _("This server asks for its token (it printed one when it started):"),
    "dark": _("Dark"),
    "light": _("Light"),
    "auto": _("Auto"),
    "unmatched": _("unmatched"),
    "passthrough": _("passed on"),
    "undelivered": _("not delivered"),
    "request": _("Request"),
    "fault": _("Fault"),
}
MONITOR_TEXTS: dict[str, Message] = {
    **FRAME,
    "create": _("Create"),
    "environment": _("Environment"),
    "dataset": _("Data set"),
    "session": _("Session"),
    "all": _("All sessions"),
    "reset": _("Reset"),
    "services": _("Services"),
    "calls": _("Live calls"),
    "time": _("Time"),
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
    "to": _("Passed on to"),
    "clickClear": _("Back to the default"),
    "clickChoose": _("Play this scenario"),
    "badFiles": _("The definitions have problems; the last good ones are played."),
    "gone": _("This session is gone; showing the default one."),
    "missed": _("calls were too many to show; reload the page to see the journal"),
    "cut": _("… cut after 200,000 characters"),
    "loading": _("Loading…"),
    "resetAsk": _("Reset the state, journal, clock and counters of this session?"),
}
CREATE_TEXTS: dict[str, Message] = {
    **FRAME,
    "title": _("Write a scenario"),
    "monitor": _("Live calls"),
    "tokenHint": _("`mdt mock serve` printed it in the address of this page."),
    "use": _("Use it"),
    "paste": _("Paste"),
    "pasteHint": _("A curl command fills in the request, JSON the answer"),
    "take": _("Take over"),
    "service": _("Service"),
    "which": _("Which one"),
    "newService": _("A new one"),
    "name": _("Name"),
    "kind": _("Kind"),
    "url": _("Its URL"),
    "about": _("Title"),
    "route": _("Route"),
    "method": _("Method"),
    "path": _("Path"),
    "match": _("What the request must carry, as JSON; for a new route"),
    "scenarios": _("Scenarios"),
    "more": _("One more"),
    "scenarioName": _("Name"),
    "status": _("Status"),
    "bodyKind": _("Answers with"),
    "latency": _("Latency"),
    "body": _("Body"),
    "remove": _("Remove"),
    "requestHint": _("What would answer this request? It is tried on the draft, and goes nowhere."),
    "tryPath": _("Path and query"),
    "tryBody": _("Body of the request"),
    "preview": _("Preview"),
    "write": _("Write the file"),
    "noJson": _("{where} is no JSON:", where="{where}"),
    "changes": _("Changes in"),
    "newFile": _("New file"),
    "replaces": _("Replaces what is written by hand:"),
    "replaceAsk": _("Replace these scenarios, which are there already?"),
    "trial": _("What would answer"),
    "written": _("Written and played from now on:"),
}
TEXTS = {MONITOR: MONITOR_TEXTS, CREATE: CREATE_TEXTS}


def by_language(name: str) -> dict[str, dict[str, str]]:
    """All texts of a page in each language; the page chooses."""
    read = {}
    for spoken in LANGUAGES:
        with speaking(spoken):
            read[spoken] = {key: str(text) for key, text in TEXTS[name].items()}
    return read
