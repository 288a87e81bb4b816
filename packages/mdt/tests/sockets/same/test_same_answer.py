"""One file, the same answer everywhere: each feature, asked by each client library in the process and through the server."""

import gzip
import json
import shutil
from pathlib import Path

import pytest

from tests.sockets.same.ways import WAYS, Answer, opened

HERE = Path(__file__).parent
JSON = {"content-type": "application/json"}
ITEMS = [{"id": "a", "name": "绿茶"}, {"id": "b", "name": "红茶"}]
SHELF = '''
from datetime import datetime, timedelta
from pydantic import BaseModel
from mdt import VirtualError, VirtualService, get, post

class Put(BaseModel):
    name: str

class Shelf(VirtualService):
    """Things that are gone after fifteen minutes."""
    class State(BaseModel):
        things: dict[str, datetime] = {}
    state: State

    @post("/shelf", status=201)
    def put(self, body: Put) -> Put:
        """Puts a thing there."""
        self.state.things[body.name] = self.clock.now() + timedelta(minutes=15)
        return body

    @get("/shelf/{name}")
    def look(self, name: str) -> Put:
        """Looks for a thing."""
        until = self.state.things.get(name)
        if until is None or until <= self.clock.now():
            raise VirtualError(404, "GONE", "nothing there")
        return Put(name=name)
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    mocks = tmp_path / "mocks"
    (mocks / "shared").mkdir(parents=True)
    (mocks / "internal" / "shop").mkdir(parents=True)
    (mocks / "scenarios" / "day").mkdir(parents=True)
    shutil.copy(HERE / "definitions.yaml", mocks / "internal" / "shop" / "service.yaml")
    (mocks / "internal" / "shop" / "virtual.py").write_text(SHELF, encoding="utf-8")
    (mocks / "internal" / "shop" / "body.bin").write_bytes(b"\x00file\xff")
    (mocks / "shared" / "items.json").write_text(json.dumps(ITEMS), encoding="utf-8")
    (mocks / "scenarios" / "day" / "bad.yaml").write_text("[shop.refused]", encoding="utf-8")
    return mocks


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    return request.param


def told(value: object, status: int = 200, **headers: str) -> Answer:
    """A JSON answer."""
    return Answer(status, JSON | headers, json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


ANSWERS = {
    "a constant": ("ok", ("GET", "/plain"), {}, told({"free": True, "name": "茶"})),
    "templates keep types": (
        "ok",
        ("POST", "/echo"),
        {"json": {"count": 21}},
        told({"twice": 42, "text": "n=21", "header": "me"}),
    ),
    "status and headers": (
        "refused",
        ("POST", "/echo"),
        {"json": {"count": 1}},
        told({"error": "OUT_OF_STOCK"}, 409, **{"x-why": "stock", "retry-after": "7"}),
    ),
    "shared data": ("ok", ("GET", "/items/b"), {}, told(ITEMS[1])),
    "an encoded slash": ("ok", ("GET", "/files/a%2Fb%20c/%252F"), {}, told({"name": "a/b c", "part": "%2F"})),
    "another scenario": ("missing", ("GET", "/items/b"), {}, told({"error": "none"}, 404)),
    "query": ("ok", ("GET", "/find?q=green+tea"), {}, told({"found": "green tea", "call": 1})),
    "form": (
        "ok",
        ("POST", "/form"),
        {"data": {"name": "ann"}},
        Answer(200, {"content-type": "text/plain; charset=utf-8"}, b"hello ann"),
    ),
    "text": ("ok", ("GET", "/text"), {}, Answer(200, {"content-type": "text/plain; charset=utf-8"}, "你好".encode())),
    "bytes": ("ok", ("GET", "/bytes"), {}, Answer(200, {"content-type": "application/octet-stream"}, b"\0\1\2\xff")),
    "a file": ("ok", ("GET", "/file"), {}, Answer(200, {"content-type": "application/octet-stream"}, b"\0file\xff")),
    "no content": ("ok", ("DELETE", "/gone"), {}, Answer(204, {}, b"")),
    "HEAD": ("ok", ("HEAD", "/plain"), {}, Answer(200, JSON, b"")),
    "dribble": ("ok", ("GET", "/pieces"), {}, told({"slow": True})),
    "latency": ("ok", ("GET", "/late"), {}, told({"late": True})),
    "events": (
        "ok",
        ("GET", "/events"),
        {},
        Answer(200, {"content-type": "text/event-stream"}, b'data: {"n":1}\n\nevent: last\nid: 7\ndata: two\n\n'),
    ),
    "extends": ("sure", ("GET", "/turns"), {}, told({"turn": 1}, 202)),
    "rows": ("ok", ("GET", "/rows"), {}, told([{"id": n, "name": f"row-{n}"} for n in (1, 2, 3)])),
    "the default where a scenario is missing": ("refused", ("GET", "/plain"), {}, told({"free": True, "name": "茶"})),
}
FAULTS = {  # scenario: the exception of requests, of httpx and httpx2, of urllib3, of aiohttp
    "reset": ("ConnectionError", "ReadError", "ProtocolError", "ClientOSError"),
    "empty": ("ConnectionError", "RemoteProtocolError", "ProtocolError", "ServerDisconnectedError"),
    "garbage": ("ConnectionError", "RemoteProtocolError", "ProtocolError", "ClientResponseError"),
    "chunk": ("ChunkedEncodingError", "RemoteProtocolError", "ProtocolError", "ClientResponseError"),
    "truncated": ("ChunkedEncodingError", "RemoteProtocolError", "ProtocolError", "ClientPayloadError"),
    "timeout": ("ReadTimeout", "ReadTimeout", "ReadTimeoutError", "TimeoutError"),
}
KINDS = ("requests", "httpx", "urllib3", "aiohttp")


def test_answers(folder, way):
    with opened(way, folder, "shop.ok") as shop:
        for what, (scenario, call, options, expected) in ANSWERS.items():
            shop.control.switch(f"shop.{scenario}")

            assert shop.ask(*call, **options) == expected, what


ZIPPED = gzip.compress(b'{"count": 21}')
BODIES = {  # body, content-encoding and content-type: the answer
    (ZIPPED, "gzip", "application/json"): told({"twice": 42, "text": "n=21", "header": "me"}),
    (ZIPPED[:-9], "gzip", "application/json"): 400,
    (b"{}", "compress", "application/json"): 415,
    (gzip.compress(b" " * 17_000_000), "gzip", "application/json"): 413,
    ('{"count": 21}'.encode("utf-16"), "", "application/json; charset=utf-16"): told(
        {"twice": 42, "text": "n=21", "header": "me"}
    ),
}


def test_bodies_are_decoded_before_they_are_matched(folder, way):
    with opened(way, folder, "shop.ok") as shop:
        for (body, coding, kind), expected in BODIES.items():
            headers = {"x-who": "me", "content-type": kind} | ({"content-encoding": coding} if coding else {})
            answer = shop.ask("POST", "/echo", body=body, headers=headers, timeout=20)

            assert expected in (answer, answer.status), coding


PART = b'--b\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhello\r\n--b--\r\n'
MATCHED = {  # method, path, body and headers of a request that the matcher takes
    "jsonPath": ("POST", "/path", b'{"items": [{"n": 1, "id": "a"}, {"n": 2, "id": "b"}]}', {}),
    "jsonSchema": ("POST", "/schema", b'{"id": 1}', {}),
    "unordered": ("POST", "/list", b'{"ids": [2, 1]}', {}),
    "xpath": ("POST", "/xpath", b'<a><item id="7"/></a>', {}),
    "xml": ("POST", "/xml", b'<a c="2" b="1"> </a>', {}),
    "graphql": ("POST", "/graphql", b'{"query": "query Cart { id }", "variables": {"id": 7}}', {}),
    "multipart": ("POST", "/parts", PART, {"content-type": "multipart/form-data; boundary=b"}),
    "cookies": ("POST", "/cookies", b"", {"cookie": "a=b; sid=1"}),
    "basicAuth": ("POST", "/basic", b"", {"authorization": "Basic YW5uOnA="}),
    "ANY a/b": ("PUT", "/a/b", b"", {}),
}


def test_matchers(folder, way):
    with opened(way, folder, "shop.ok") as shop:
        for by, (method, path, body, more) in MATCHED.items():
            headers = {"content-type": "application/json"} | more
            assert shop.ask(method, f"/matched{path}", body=body, headers=headers) == told({"by": by})
            if method == "POST" and body:
                zipped = headers | {"content-encoding": "gzip"}
                assert shop.ask(method, f"/matched{path}", body=gzip.compress(body), headers=zipped) == told({"by": by})

            other = told({"by": "none"}, 404) if method == "POST" else told({"by": by})
            assert shop.ask("POST", f"/matched{path}", body=b"[]") == other, by
        query = "query=query+Cart+%7B+id+%7D&variables=%7B%22id%22:7%7D"
        assert shop.ask("GET", f"/matched/graphql?{query}") == told({"by": "graphql"})


LENGTHS = {  # what is asked: status, content-length, bytes of the body (RFC 9110, 8.6 and 9.3.2)
    ("GET", "/text"): (200, "6", 6),
    ("HEAD", "/text"): (200, "6", 0),
    ("GET", "/sized"): (200, "5", 5),
    ("HEAD", "/sized"): (200, "999", 0),
    ("GET", "/unchanged"): (304, None, 0),
    ("HEAD", "/unchanged"): (304, None, 0),
    ("GET", "/unchanged/sized"): (304, "999", 0),
    ("HEAD", "/unchanged/sized"): (304, "999", 0),
    ("DELETE", "/gone"): (204, None, 0),
    ("HEAD", "/pieces"): (200, None, 0),
    ("HEAD", "/late"): (200, "13", 0),
    ("HEAD", "/bytes"): (200, "4", 0),
}


def test_lengths_are_said_as_http_wants_them(folder, way):
    with opened(way, folder, "shop.ok") as shop:
        found = {call: shop.length(*call) for call in LENGTHS}

    assert found == LENGTHS


def test_faults(folder, way):
    with opened(way, folder, "shop.ok") as shop:
        for scenario, names in FAULTS.items():
            shop.control.switch(f"shop.{scenario}")

            assert shop.ask("GET", "/broken") == names[next(at for at, kind in enumerate(KINDS) if kind in way)], (
                scenario
            )


def test_sequences_are_counted_until_a_reset(folder, way):
    with opened(way, folder, "shop.flaky") as shop:
        turns = [shop.ask("GET", "/turns").status for _ in range(4)]
        shop.control.reset()

        assert turns == [503, 503, 200, 200]
        assert shop.ask("GET", "/turns").status == 503


def test_conditions_and_states(folder, way):
    with opened(way, folder, "shop.ok") as shop:
        assert shop.ask("GET", "/state") == told({"is": "open"})
        assert shop.ask("POST", "/state") == told({"state": "closed"})
        assert shop.ask("GET", "/state") == told({"is": "closed"})
        assert shop.ask("GET", "/state?v=1") == told({"is": "closed", "v": 1})
        shop.control.reset()
        assert shop.ask("GET", "/state") == told({"is": "open"})


def test_stubs(folder, way):
    with opened(way, folder, "shop.ok") as shop:
        shop.control.stub("GET /plain", {"status": 409, "json": {"stub": "{{ req.query.a }}"}}, {"query": {"a": "1"}})
        shop.control.stub("PUT /only/{id}", {"fault": "connection-reset"}, {})

        assert shop.ask("GET", "/plain") == told({"free": True, "name": "茶"})
        assert shop.ask("GET", "/plain?a=1") == told({"stub": "1"}, 409)
        assert isinstance(shop.ask("PUT", "/only/7"), str)
        assert shop.control.met("GET /plain", 2, {})
        assert shop.control.met("GET /plain", 1, {"query": {"a": "1"}})
        assert shop.control.routes()[:3] == ["GET /plain", "GET /plain", "PUT /only/{id}"]  # some clients try it again


def test_compositions(folder, way):
    with opened(way, folder, "day.bad") as shop:
        assert shop.ask("POST", "/echo", json={"count": 1}).status == 409


def test_virtual_service_with_the_clock_of_its_session(folder, way):
    with opened(way, folder, "shop.virtual") as shop:
        assert shop.ask("POST", "/shelf", json={"name": "cup"}) == told({"name": "cup"}, 201)
        assert shop.ask("GET", "/shelf/cup").status == 200
        shop.control.advance(minutes=15)
        assert shop.ask("GET", "/shelf/cup").status == 404
        assert shop.ask("POST", "/shelf", json={"name": "tea/green"}).status == 201
        assert shop.ask("GET", "/shelf/tea%2Fgreen") == told({"name": "tea/green"})
        assert shop.ask("POST", "/shelf", json={"nom": "cup"}).status == 422


def test_journal_names_the_routes(folder, way):
    with opened(way, folder, "shop.ok") as shop:
        shop.ask("GET", "/items/a")
        shop.ask("GET", "/plain")

        assert shop.control.routes() == ["GET /items/{id}", "GET /plain"]
