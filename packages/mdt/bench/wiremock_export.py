"""Asks the same of mdt and of WireMock with exported mappings, and tells where the answers differ.

    npm pack wiremock@3.13.2 && tar xzf wiremock-3.13.2.tgz
    python -m bench.wiremock_export package/build/wiremock-standalone-3.13.2.jar

Needs Java 17. Prints one line for each difference, and how many answers were the same.
"""

import http.client
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from mdt.definitions import load
from mdt.engine.engine import Engine
from mdt.engine.messages import Fault, Reply, Request
from mdt.engine.routes import decoded
from mdt.engine.session import Session
from mdt.formats.to_wiremock import Exporter

SERVICE = """\
service: shop
url: http://shop.internal
default: ok
routes:
  GET /plain: {ok: {json: {a: [1, 2.5, null, true, "é"]}}}
  GET /text: {ok: {text: "hello {x} <b>", headers: {X-One: 1, X-Two: [a, b]}}}
  GET /binary: {ok: {base64: "AAEC/w=="}}
  GET /empty: {ok: {status: 204}}
  GET /stream: {ok: {sse: [{data: {n: 1}}, {event: end, data: bye}]}}
  GET /slow: {ok: {latency: 50ms, json: {slow: true}}}
  GET /items/{id}: {ok: {json: {item: any}}}
  GET /items/new: {ok: {json: {item: new}}}
  GET /v1/{model}:generate: {ok: {json: {generated: true}}}
  GET /files/{rest:path}: {ok: {text: file}}
  ANY /any: {ok: {status: 202, text: any}}
  GET /turn: {one: {json: 1}, two: {json: 2}, ok: {sequence: [one, two]}}
  GET /gone: {ok: {fault: empty}}
  GET /reset: {ok: {fault: connection-reset}}
  GET /search: {match: {query: {q: {contains: tea}, page: {type: integer}}}, ok: {json: {found: 1}}}
  GET /search [exact]: {match: {query: {q: coffee, sort: {oneOf: [a, b]}, x: {absent: true}}}, ok: {json: {found: 2}}}
  GET /secret: {match: {headers: {x-key: {regex: "^k-[0-9]+$"}}}, ok: {json: {ok: true}}}
  GET /cookie: {match: {cookies: {sid: abc}}, ok: {json: {ok: true}}}
  GET /basic: {match: {basicAuth: {user: ann, password: pw}}, ok: {json: {ok: true}}}
  POST /form: {match: {form: {a: "1", b: {not: x}}}, ok: {json: {form: true}}}
  POST /text: {match: {text: {contains: needle}}, ok: {json: {text: true}}}
  POST /xml: {match: {xml: "<a><b>1</b></a>"}, ok: {json: {xml: true}}}
  POST /json: {match: {json: {id: {type: string}, n: {min: 2, max: 9}, tag: {oneOf: [x, y]}, gone: {absent: true}}}, ok: {json: {json: 1}}}
  POST /json [list]: {match: {json: {list: [1, {a: {regex: "^z"}}], kind: {not: none}}}, ok: {json: {json: 2}}}
  POST /exact: {match: {json: {equals: {a: 1}}}, ok: {json: {exact: true}}}
  POST /long: {match: {json: {name: {length: {min: 2, max: 3}}, items: {contains: {id: 7}}}}, ok: {json: {long: true}}}
"""
JSON = {"content-type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
ASKED = [  # method, target, headers, body
    *[
        ("GET", path, {}, b"")
        for path in ("/plain", "/text", "/binary", "/empty", "/stream", "/slow", "/nothing", "/gone", "/reset")
    ],
    *[
        ("GET", path, {}, b"")
        for path in (
            "/items/7",
            "/items/new",
            "/items/7/x",
            "/v1/m1:generate",
            "/v1/m1:other",
            "/files/a",
            "/files/a/b.txt",
            "/files/",
        )
    ],
    *[("GET", "/turn", {}, b"")] * 3,
    *[(method, "/any", {}, b"") for method in ("GET", "POST", "DELETE", "PATCH")],
    ("POST", "/plain", {}, b""),
    *[
        ("GET", f"/search?{query}", {}, b"")
        for query in (
            "q=green%20tea&page=2",
            "q=tea&page=x",
            "q=coffee&sort=a",
            "q=coffee&sort=c",
            "q=coffee&sort=b&x=1",
            "",
        )
    ],
    *[("GET", "/secret", {"x-key": key}, b"") for key in ("k-12", "xk-12", "k-1a")],
    ("GET", "/secret", {}, b""),
    *[("GET", "/cookie", {"cookie": text}, b"") for text in ("sid=abc", "a=1; sid=abc", "sid=abd")],
    *[("GET", "/basic", {"authorization": f"Basic {text}"}, b"") for text in ("YW5uOnB3", "YW5uOnB4")],
    *[("POST", "/form", FORM, body) for body in (b"a=1&b=y", b"a=1&b=x", b"a=2&b=y")],
    *[("POST", "/text", {"content-type": "text/plain"}, body) for body in (b"a needle here", b"none")],
    *[
        ("POST", "/xml", {"content-type": "application/xml"}, body)
        for body in (b"<a> <b>1</b> </a>", b"<a><b>2</b></a>", b"<a/>")
    ],
    *[
        ("POST", path, JSON, json.dumps(body).encode())
        for path, bodies in {
            "/json": [
                {"id": "a", "n": 2, "tag": "x"},
                {"id": "a", "n": 2, "tag": "x", "more": 1},
                {"id": 1, "n": 2, "tag": "x"},
                {"id": "a", "n": 1, "tag": "x"},
                {"id": "a", "n": 10, "tag": "x"},
                {"id": "a", "n": 2, "tag": "z"},
                {"id": "a", "n": 2, "tag": "x", "gone": None},
                {"list": [1, {"a": "zed"}], "kind": "some"},
                {"list": [1, {"a": "bed"}], "kind": "some"},
                {"list": [1, {"a": "zed"}, 3], "kind": "some"},
                {"list": [1, {"a": "zed"}], "kind": "none"},
                {"list": [1, {"a": "zed"}]},
                [],
            ],
            "/exact": [{"a": 1}, {"a": 1.0}, {"a": 1, "b": 2}, {"a": True}],
            "/long": [
                {"name": "ab", "items": [{"id": 7, "x": 1}]},
                {"name": "abcd", "items": [{"id": 7}]},
                {"name": "ab", "items": [{"id": 8}]},
                {"name": "ab", "items": []},
            ],
        }.items()
        for body in bodies
    ],
]
UNMATCHED = (404, "", b"")


def by_mdt(engine, session, asked):
    """Status, content type and body; or the fault."""
    method, target, headers, body = asked
    parts = urlsplit(target)
    outcome = engine.handle(
        Request(method, target, "shop.internal", decoded(parts.path), parts.query, headers, body), session
    )
    if isinstance(outcome, Fault):
        return str(outcome.kind), "", b""
    if not isinstance(outcome, Reply):
        return UNMATCHED
    return outcome.status, dict(outcome.headers).get("content-type", ""), outcome.content()


def by_wiremock(port, asked):
    method, target, headers, body = asked
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, target, body or None, headers)
        answer = connection.getresponse()
        content = answer.read()
    except http.client.RemoteDisconnected:  # a ConnectionResetError too
        return "empty", "", b""
    except ConnectionResetError:
        return "connection-reset", "", b""
    finally:
        connection.close()
    if answer.status == 404 and not answer.getheader("matched-stub-name"):
        return UNMATCHED
    return answer.status, answer.getheader("content-type") or "", content


def exported(folder):
    (folder / "mocks" / "internal").mkdir(parents=True)
    (folder / "mocks" / "internal" / "shop.yaml").write_text(SERVICE, encoding="utf-8")
    catalog = load(folder / "mocks")
    exporter = Exporter(catalog, catalog.services["shop"])
    (folder / "wiremock" / "mappings").mkdir(parents=True)
    (folder / "wiremock" / "mappings" / "shop.json").write_text(json.dumps(exporter.document()), encoding="utf-8")
    for loss in exporter.losses:
        print("not exported:", loss)
    return catalog


def started(jar, folder, port):
    options = [
        "--bind-address",
        "127.0.0.1",
        "--port",
        str(port),
        "--root-dir",
        str(folder / "wiremock"),
        "--disable-banner",
    ]
    process = subprocess.Popen(["java", "-jar", jar, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(600):
        try:
            by_wiremock(port, ("GET", "/__admin/mappings", {}, b""))
        except OSError:
            time.sleep(0.1)
        else:
            return process
    raise SystemExit("WireMock did not start")


def main(jar, port=41020):
    with tempfile.TemporaryDirectory() as temporary:
        catalog = exported(Path(temporary))
        process = started(jar, Path(temporary), port)
        try:
            engine, session, same = Engine(catalog), Session("export"), 0
            for asked in ASKED:
                ours, theirs = by_mdt(engine, session, asked), by_wiremock(port, asked)
                same += ours == theirs
                if ours != theirs:
                    print("differs:", asked[:2], asked[3][:80], "mdt", ours, "WireMock", theirs)
        finally:
            process.terminate()
            process.wait()
    print(f"{same} of {len(ASKED)} answers are the same")
    return same == len(ASKED)


if __name__ == "__main__":
    sys.exit(not main(*sys.argv[1:2]))
