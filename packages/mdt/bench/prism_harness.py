"""Plays the public test harness of Prism on mdt's server: the cases of features that mdt has.

    git clone --depth 1 https://github.com/stoplightio/prism
    python -m bench.prism_harness prism/test-harness/specs

A case is a document, a curl command and the answer. Mocks are generated from the document, `__code=404` in an address is asked by the Prefer
header in its place, and the answer must be the same: status, media type, headers, and the values that the document gives. Values that Prism makes
up ("string", 0, null) must have the same type. Needs curl and the extras `server` and `openapi`.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from mdt.generate import generated, plan
from mdt.openapi import read
from mdt.server.runner import serving

FEATURES = (
    *("default-responses", "dynamic-responses", "empty-responses", "head-requests", "range-status-codes", "references"),
    *("routing", "selecting-examples", "serialization", "static-examples"),
)
NOT_OURS = {  # cases within these features that ask for something that mdt does not have
    r"\.pc\.": "Postman collections as documents",
    r"default_responses-AC-4\.|head_requests-AC-2\.": "405 for another method",
    r"empty-responses-AC-[35678]\.": "validation and security",
    r"complex-serialisation": "500 where Prism cannot serialize",
    r"json_schema_faker_config": "settings of json-schema-faker",
}
CHANGING = ("content-type", "content-length", "date", "connection", "keep-alive", "vary", "transfer-encoding")
PART = re.compile(r"====(server|test|spec|command|expect|expect-loose|expect-keysOnly)====\r?\n", re.IGNORECASE)
ASKED = re.compile(r"[?&]?__(code|example|dynamic)=([\w-]+)")
MADE_UP = ("string", 0, None)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: str

    @staticmethod
    def of(text: str) -> "Answer":
        head, _blank, body = text.strip().replace("\r\n", "\n").partition("\n\n")
        lines = head.split("\n")
        pairs = (line.partition(":") for line in lines[1:])
        found = re.match(r"HTTP/\S+ (\d+)", lines[0])
        return Answer(
            int(found[1]) if found else 0, {name.lower(): value.strip() for name, _colon, value in pairs}, body
        )

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0]


def main(folder: Path) -> None:
    counts: Counter[str] = Counter()
    for feature in FEATURES:
        for path in sorted((folder / feature).glob("*.txt")):
            why = next((what for pattern, what in NOT_OURS.items() if re.search(pattern, path.name)), "")
            wrong = [] if why else differences(path)
            counts[f"not asked: {why}" if why else "different" if wrong else "the same"] += 1
            for one in wrong:
                print(f"{feature}/{path.name}: {one}")
    for what, count in sorted(counts.items()):
        print(f"{count:4} {what}")


def differences(path: Path) -> list[str]:
    pieces = PART.split(path.read_text(encoding="utf-8"))
    case = dict(zip(pieces[1::2], pieces[2::2], strict=True))
    kind = next(name for name in case if name.startswith("expect"))
    given = Answer.of(answer(case["spec"], case["command"].strip()))
    return compared(Answer.of(case[kind]), given, kind, case)


def answer(document: str, command: str) -> str:
    """What curl prints when it asks mdt's server with mocks of the document."""
    preferred = "".join(f" -H 'Prefer: {name}={value}'" for name, value in ASKED.findall(command))
    with tempfile.TemporaryDirectory() as temporary:
        written, mocks = Path(temporary, "spec.yml"), Path(temporary, "mocks")
        written.write_text(document, encoding="utf-8")
        read_ = read(written)
        found = generated(read_, "mock", everything=True, url="http://mock.internal")
        plan(found, read_, mocks / "external/mock", everything=True).carry_out()
        with serving(mocks, host="127.0.0.1", service="mock") as server:
            line = re.sub(r"(?:localhost|127\.0\.0\.1):4010", server.url.partition("//")[2], ASKED.sub("", command))
            done = subprocess.run(line + preferred, shell=True, capture_output=True, text=True, timeout=30, check=False)
            return done.stdout


def compared(wanted: Answer, given: Answer, kind: str, case: dict[str, str]) -> list[str]:
    is_problem = wanted.media_type == "application/problem+json"  # Prism's own report of what is not there
    found = [] if wanted.status == given.status else [f"status {given.status}, not {wanted.status}"]
    if wanted.media_type and not is_problem and wanted.media_type != given.media_type:
        found.append(f"media type {given.media_type}, not {wanted.media_type}")
    own = (name for name in wanted.headers if name not in CHANGING and not name.startswith("access-control"))
    found += [f"without the header {name}" for name in own if name not in given.headers]
    headless = is_problem or re.search(r"-s?I|--head", case["command"])
    if not headless and not same_body(wanted.body, given.body, kind, case["spec"]):
        found.append(f"body {given.body[:120]!r}, not {wanted.body.strip()[:120]!r}")
    return found


def same_body(wanted: str, given: str, kind: str, document: str) -> bool:
    if (tree := xml(wanted)) is not None:
        return shape(tree) == shape(xml(given))
    if (value := as_json(wanted)) is None:
        return kind == "expect-loose" or wanted.strip() == given.strip()
    if kind == "expect-keysOnly":
        return set(value) == set(as_json(given) or {})
    return same(value, as_json(given), document if kind == "expect" else None)


def same(wanted: Any, given: Any, document: str | None) -> bool:
    """Without a document only the types count, and there may be more names."""
    if isinstance(wanted, dict) and isinstance(given, dict):
        names = set(wanted) == set(given) if document else set(wanted) <= set(given)
        return names and all(same(value, given[name], document) for name, value in wanted.items())
    if isinstance(wanted, list) and isinstance(given, list):
        short = min(len(wanted), len(given))  # how deep a schema that holds itself goes is everybody's own choice
        return all(same(*pair, document) for pair in zip(wanted[:short], given[:short], strict=True))
    if document and wanted not in MADE_UP and str(wanted) in document:
        return bool(wanted == given)
    return wanted is None or isinstance(given, type(wanted))


def as_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def xml(text: str) -> ET.Element | None:
    try:
        return ET.fromstring(text)
    except ET.ParseError:
        return None


def shape(tree: ET.Element | None) -> Any:
    """The names within the root; that of a root without a name is everybody's own choice."""
    return None if tree is None else sorted((one.tag, shape(one)) for one in tree)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
