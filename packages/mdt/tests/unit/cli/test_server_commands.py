"""The commands that talk to a server, with a stand-in for its client; tests/mdt/cli has the real one."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from mdt.cli.mock.monitor import Watched
from mdt.cli.targets import address_of, selectable
from mdt.definitions import load
from mdt.engine.choice import Sequence
from mdt.engine.session import Session
from mdt.server import client as client_module
from mdt.server import runner
from mdt.server.client import ServerRefusedError, ServerUnreachableError
from tests.unit.cli.support import TREE, document, run, tree

AROUND = {"environment": None, "dataset": "shared"}


class Client:
    """Answers like the admin API and notes what it was asked."""

    asked: ClassVar[list[tuple[Any, ...]]] = []
    error: ClassVar[Exception | None] = None
    calls: ClassVar[dict[str, int]] = {"ok": 2, "full": 0}
    entries: ClassVar[list[dict[str, Any]]] = []
    own: ClassVar[list[dict[str, Any]]] = []
    waiting: ClassVar[list[dict[str, Any]]] = []

    def __init__(self, url: str, token: str | None = None) -> None:
        self._note("connect", url, token)

    def _note(self, *what: Any) -> None:
        self.asked.append(what)
        if self.error and what[0] != "connect":
            raise self.error

    def select(self, names: list, session: str) -> dict[str, Any]:
        self._note("select", names, session)
        return {"scenarios": [str(name) for name in names], **AROUND}

    def switch(self, names: list, session: str) -> dict[str, Any]:
        self._note("switch", names, session)
        return {"scenarios": ["user.ok", *map(str, names)], **AROUND}

    def enter(self, session: str, **names: str | None) -> dict[str, Any]:
        self._note("enter", names, session)
        return {"scenarios": [], **AROUND, **{key: name for key, name in names.items() if name}}

    def catalog(self, session: str) -> dict[str, Any]:
        self._note("catalog", session)
        scenarios = [{"name": name, "calls": calls} for name, calls in self.calls.items()]
        shop = {
            "name": "shop",
            "title": "商店",
            "default": "ok",
            "selected": ["full"],
            "calls": 3,
            "routes": [{"route": "POST /orders", "scenarios": scenarios}],
        }
        return {"services": [shop], **AROUND}

    def stubs(self, session: str) -> list[dict[str, Any]]:
        self._note("stubs", session)
        return list(self.own)

    def callbacks(self, session: str) -> dict[str, Any]:
        self._note("callbacks", session)
        return {"pending": list(self.waiting), "sent": []}

    def journal(self, session: str, since: int, *, limit: int, brief: bool, service: str) -> list[dict[str, Any]]:
        assert brief
        self._note("journal", session, since)
        return [one for one in self.entries if one["number"] > since and one["service"] == service][-limit:]


def entry(number: int, service: str = "shop", **outcome: Any) -> dict[str, Any]:
    return {
        "number": number,
        "at": "2026-05-01T12:00:00+00:00",
        "service": service,
        "route": "POST /orders",
        "scenario": "ok",
        "method": "POST",
        "url": f"http://here/orders/{number}",
        **(outcome or {"kind": "reply", "status": 201}),
    }


@pytest.fixture(autouse=True)
def stand_in(monkeypatch: pytest.MonkeyPatch) -> type[Client]:
    class Fresh(Client):
        asked: ClassVar[list[tuple[Any, ...]]] = []

    monkeypatch.setattr(client_module, "Client", Fresh)
    return Fresh


def test_use_selects_exactly_these(stand_in: type[Client]) -> None:
    found = document("mock", "use", "a.b", "c.d", "--session", "s", "--server", "http://x:1/", "--token", "t")

    assert found == {"server": "http://x:1", "session": "s", "selected": ["a.b", "c.d"], **AROUND}
    assert stand_in.asked == [("connect", "http://x:1", "t"), ("select", ["a.b", "c.d"], "s")]
    assert run("mock", "use", "a.b", "--server", "http://x").stdout == "default: a.b\n"


def test_use_add_keeps_the_others(stand_in: type[Client]) -> None:
    assert document("mock", "use", "--add", "a.b")["selected"] == ["user.ok", "a.b"]
    assert stand_in.asked[-1] == ("switch", ["a.b"], "default")


def test_use_takes_sequences(stand_in: type[Client]) -> None:
    run("mock", "use", "a.b, a.c")

    assert stand_in.asked[-1][1] == [Sequence(("a.b", "a.c"))]
    assert selectable("a.b") == "a.b"


def test_use_goes_back_to_the_defaults(stand_in: type[Client]) -> None:
    assert run("mock", "use", "--defaults").stdout == "default: the defaults\n"
    assert stand_in.asked[1:] == [("enter", dict.fromkeys(AROUND), "default"), ("select", [], "default")]


@pytest.mark.parametrize(
    ("words", "asked", "said"),
    [
        (("--env", "perf"), [{"environment": "perf"}], "default: the defaults\ndefault: perf, data shared\n"),
        (("--dataset", "few"), [{"dataset": "few"}], "default: the defaults\ndefault: -, data few\n"),
        (("a.b", "--env", "perf", "--dataset", "few"), [{"environment": "perf", "dataset": "few"}], "default: a.b\n"),
        (("a.b",), [], "default: a.b\n"),
    ],
)
def test_use_enters_an_environment(stand_in: type[Client], words: tuple[str, ...], asked: list, said: str) -> None:
    result = run("mock", "use", *words, env={"MDT_ENV": "ignored", "MDT_DATASET": "ignored"})

    assert result.stdout == said
    assert [one[1] for one in stand_in.asked if one[0] == "enter"] == asked
    assert ("select", ["a.b"], "default") in stand_in.asked or "a.b" not in words


def test_serve_begins_in_an_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = ready(monkeypatch, lambda options, callback: callback(Server(options)))
    tree(tmp_path, {**TREE, "mdt.yaml": "environments: {perf: {}}", "datasets/few/orders.json": "[]"})

    text = run("mock", "serve", "--dataset", "few", env={"MDT_ENV": "perf"}).stdout

    assert "plays in  perf, data few" in text
    assert (given[0].environment, given[0].dataset) == ("perf", "few")
    wrong = run("mock", "serve", "--env", "pref")
    assert (wrong.exit_code, len(given)) == (2, 1)
    assert "Did you mean perf?" in wrong.stderr


@pytest.mark.parametrize("arguments", [[], ["a.b", "--defaults"]])
def test_use_needs_names_or_defaults(arguments: list[str]) -> None:
    assert run("mock", "use", *arguments).exit_code == 2


def test_server_session_and_token_come_from_the_environment(stand_in: type[Client]) -> None:
    run("mock", "use", "a.b", env={"MDT_SERVER": "http://y", "MDT_SESSION": "e", "MDT_TOKEN": "k"})

    assert stand_in.asked == [("connect", "http://y", "k"), ("select", ["a.b"], "e")]


def test_address_without_a_server_is_that_of_the_settings(tmp_path: Path) -> None:
    assert address_of(None, tmp_path / "none") == "http://127.0.0.1:3002"
    assert address_of(None, tree(tmp_path, {"mdt.yaml": "port: 4711"})) == "http://127.0.0.1:4711"
    assert address_of(None, tree(tmp_path, {"mdt.yaml": "prot: 4711"})) == "http://127.0.0.1:3002"
    assert address_of(None, tree(tmp_path, {"mdt.yaml": "host: 10.0.0.7\nport: 81"})) == "http://10.0.0.7:81"
    assert address_of(None, tree(tmp_path, {"mdt.yaml": "host: 0.0.0.0\nport: 0"})) == "http://127.0.0.1:PORT"


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (ServerUnreachableError("no"), 3, "No mock server answers at http://x (no)"),
        (
            ServerRefusedError(401, "token-needed", "This needs the token."),
            4,
            "This needs the token. (401 token-needed)",
        ),
        (ServerRefusedError(404, "unknown-session", "There is none."), 4, "There is none."),
        (ServerRefusedError(422, "unknown-scenario", "Did you mean a.b?"), 2, "Did you mean a.b?"),
    ],
)
@pytest.mark.parametrize("command", [("use", "a.b"), ("monitor", "--service", "shop", "--once")])
def test_failures_of_the_server(
    stand_in: type[Client], command: tuple[str, ...], error: Exception, code: int, said: str
) -> None:
    stand_in.error = error

    result = run("mock", *command, "--server", "http://x")

    assert result.exit_code == code
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_reason_of_an_unreachable_server_is_told(stand_in: type[Client]) -> None:
    stand_in.error = ServerUnreachableError("no")
    stand_in.error.__cause__ = ConnectionRefusedError("refused")

    assert "（refused）" in run("mock", "use", "a.b", "--server", "http://x", lang="zh").stderr


STUB = {"id": "stub-1", "service": "shop", "route": "GET /y", "answer": {"json": 1}}
WAITING = {"callback": "shop.paid", "service": "shop", "at": "2026-05-01T12:15:00+00:00", "copies": 1}


def test_monitor_as_a_document(stand_in: type[Client]) -> None:
    stand_in.entries = [entry(1), entry(2, "other"), entry(3, kind="unmatched"), entry(4)]
    stand_in.own, stand_in.waiting = [STUB, {**STUB, "service": "other"}], [WAITING, {**WAITING, "service": "other"}]

    found = document("mock", "monitor", "--service", "shop", "--session", "s", "--server", "http://x")

    assert found == {
        "service": "shop",
        "title": "商店",
        "session": "s",
        "server": "http://x",
        **AROUND,
        "selected": ["full"],
        "calls": 3,
        "unmatched": 1,
        "routes": [
            {
                "route": "POST /orders",
                "calls": 2,
                "scenarios": [{"name": "ok", "calls": 2}, {"name": "full", "calls": 0}],
            }
        ],
        "stubs": [STUB],
        "callbacks": [WAITING],
        "newest": [entry(1), entry(3, kind="unmatched"), entry(4)],
    }


def test_monitor_as_text(stand_in: type[Client]) -> None:
    stand_in.entries = [
        entry(1),
        entry(2, kind="fault", fault="timeout"),
        entry(3, kind="unmatched"),
        entry(4, kind="passthrough", to="http://real"),
    ]
    stand_in.own, stand_in.waiting = [STUB], [WAITING]

    text = run("mock", "monitor", "--service", "shop", "--server", "http://x").stdout

    lines = [line.strip() for line in text.splitlines()]
    assert lines[0] == "shop   session default   http://x   商店"
    assert "├── plays now  shop.full" in lines
    assert "├── POST /orders   calls 2" in lines
    assert "│   ├── ok   2" in lines
    assert "│   └── full   0" in lines
    assert "├── stub  GET /y   stub-1" in lines
    assert "├── callback waits  shop.paid   2026-05-01T12:15:00+00:00" in lines
    assert "└── unmatched 1" in lines
    newest = [line.split(None, 1)[1] for line in lines if "http://here" in line]
    assert [" ".join(line.split()) for line in newest] == [
        "POST http://here/orders/4 ok → http://real",
        "POST http://here/orders/3 ok ✗",
        "POST http://here/orders/2 ok ⚡ timeout",
        "POST http://here/orders/1 ok 201",
    ]
    assert "最近的调用" in run("mock", "monitor", "--service", "shop", lang="zh").stdout


def test_monitor_of_a_quiet_service(stand_in: type[Client]) -> None:
    text = run("mock", "monitor", "--service", "shop", "--once").stdout

    assert "no calls yet" in text


def test_monitor_forgets_calls_when_the_session_is_reset() -> None:
    found = {"name": "shop", "title": "", "default": "ok", "selected": [], "calls": 1, "routes": []}
    watched = Watched("s", "http://x", found)
    watched.look(found, [entry(1)])
    assert len(watched.newest) == 1

    watched.look({**found, "calls": 0}, [])

    assert len(watched.newest) == 0
    assert watched.last == 1


def test_monitor_keeps_the_newest_ten() -> None:
    found = {"name": "shop", "title": "", "default": "ok", "selected": [], "calls": 12, "routes": []}
    watched = Watched("s", "http://x", found)

    watched.look(found, [entry(number) for number in range(1, 13)])

    assert [one["number"] for one in watched.newest] == list(range(3, 13))


def test_monitor_asks_for_the_newest_ten_only(stand_in: type[Client]) -> None:
    stand_in.entries = [entry(number) for number in range(1, 31)]

    found = document("mock", "monitor", "--service", "shop")

    assert [one["number"] for one in found["newest"]] == list(range(21, 31))


def test_monitor_without_unmatched_calls_says_nothing_of_them(stand_in: type[Client]) -> None:
    stand_in.calls = {"ok": 3}

    assert "unmatched" not in run("mock", "monitor", "--service", "shop").stdout


def test_monitor_of_an_unknown_service() -> None:
    result = run("mock", "monitor", "--service", "shpo")

    assert result.exit_code == 2
    assert "Did you mean shop?" in result.stderr


def test_monitor_is_live_in_a_terminal_until_ctrl_c(stand_in: type[Client], monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in.entries = [entry(1)]
    looks = []

    def pause(_: float) -> None:
        looks.append(stand_in.asked[-1])
        if len(looks) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr("mdt.cli.mock.monitor.time.sleep", pause)
    monkeypatch.setattr("mdt.cli.mock.monitor.interactive", lambda: True)

    result = run("mock", "monitor", "--service", "shop")

    assert result.exit_code == 0
    assert len(looks) == 3
    assert [since for name, *_, since in stand_in.asked if name == "journal"] == [0, 1, 1]


def ready(monkeypatch: pytest.MonkeyPatch, act: Callable[[Any, Any], None]) -> list[Any]:
    """Stands in for the server: `act` gets the options and the callback."""
    given: list[Any] = []

    def main(options: Any, callback: Any) -> int:
        given.append(options)
        act(options, callback)
        return 0

    monkeypatch.setattr(runner, "main", main)
    return given


class Server:
    """What `ready` gets."""

    url = "http://127.0.0.1:5"
    tls_url: str | None = None
    token: str | None = None
    create_url: str | None = None

    def __init__(self, options: Any) -> None:
        from mdt.definitions import load
        from mdt.engine.engine import Engine

        self.engine = Engine(load(options.folder))
        default = Session("default", environment=options.environment or "", dataset=options.dataset or "")
        self.sessions = SimpleNamespace(default=default)

    def address_of(self, name: str) -> str:
        return f"{self.url}/{name}"


def test_serve_hands_its_options_on_and_prints_addresses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = ready(monkeypatch, lambda options, callback: callback(Server(options)))

    result = run(
        *("mock", "serve", "--mocks", tree(tmp_path), "--port", "0", "--host", "::1", "--scenario", "flow.happy"),
        *("--scenario", "shop.full,shop.ok", "--token", "t", "--no-watch"),
    )

    (options,) = given
    assert (options.port, options.host, options.token, options.watch, options.service) == (0, "::1", "t", False, None)
    assert list(options.scenarios) == ["flow.happy", Sequence(("shop.full", "shop.ok"))]
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "Mock server on http://127.0.0.1:5",
        "  shop  http://127.0.0.1:5/shop",
        "page      http://127.0.0.1:5/_mdt/",
        "selected  shop.full → ok",
        "Ctrl-C ends it.",
    ]
    assert result.stderr == "Ended.\n"


def test_serve_as_a_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def act(options: Any, callback: Any) -> None:
        server = Server(options)
        server.token, server.tls_url = "t", "https://127.0.0.1:6"
        server.create_url = "http://127.0.0.1:5/mock/create#token=t"
        callback(server)

    given = ready(monkeypatch, act)

    found = document("mock", "serve", "--mocks", tree(tmp_path))

    assert found == {
        "url": "http://127.0.0.1:5",
        "tlsUrl": "https://127.0.0.1:6",
        "page": "http://127.0.0.1:5/_mdt/#token=t",
        "create": "http://127.0.0.1:5/mock/create#token=t",
        "token": "t",
        "folder": "mocks",
        "selected": [],
        **AROUND,
        "services": {"shop": "http://127.0.0.1:5/shop"},
    }
    assert (given[0].port, given[0].watch) == (None, True)
    text = run("mock", "serve").stdout
    assert "TLS       https://127.0.0.1:6" in text
    assert "token     t" in text
    assert "create    http://127.0.0.1:5/mock/create#token=t" in text
    assert "selected  the defaults" in text


def test_serve_tells_of_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mdt.errors import DefinitionError, Problem

    def act(options: Any, _callback: Any) -> None:
        options.on_change(DefinitionError([Problem("a.yaml", 3, "broken")]))
        options.on_change(load(tmp_path / "mocks"))

    ready(monkeypatch, act)
    folder = tree(tmp_path)
    (folder / "scenarios" / "flow" / "sad.yaml").write_text("- shop.gone\n")

    said = run("mock", "serve", "--mocks", folder).stderr

    again = "the last good ones go on playing.\na.yaml:3: broken\nDefinitions loaded again.\n"
    assert again in said
    assert "sad.yaml:1: There is no scenario 'shop.gone'" in said.partition(again)[2]


def test_serve_on_a_port_that_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mdt.errors import MdtError

    def act(*_: Any) -> None:
        raise MdtError("Cannot listen") from OSError("in use")

    ready(monkeypatch, act)

    result = run("mock", "serve", "--mocks", tree(tmp_path), "--json")

    assert result.exit_code == 5
    assert json.loads(result.stdout)["error"]["code"] == 5


def test_serve_with_another_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mdt.errors import MdtError

    def act(*_: Any) -> None:
        raise MdtError("Something else")

    ready(monkeypatch, act)

    assert run("mock", "serve", "--mocks", tree(tmp_path)).exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["serve", "--service", "shpo"], "Did you mean shop?"),
        (["serve", "--scenario", "shop.okk"], "shop.ok"),
        (["virtual", "--service", "shop"], "shop has no virtual.py beside its service.yaml. Services that have one: -"),
        (["virtual", "--service", "none"], "There is no service 'none'."),
        (["serve", "--port", "70000"], "--port"),
    ],
)
def test_names_are_checked_before_anything_listens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    given = ready(monkeypatch, lambda *_: None)

    result = run("mock", *arguments, env={"MDT_MOCKS": str(tree(tmp_path))})

    assert result.exit_code == 2
    assert said in result.stderr
    assert given == []


def test_virtual_serves_one_service_with_its_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.unit.cli.support import TREE
    from tests.unit.cli.test_list_and_schema import VIRTUAL

    files = {**TREE, "internal/stock/service.yaml": "{}", "internal/stock/virtual.py": VIRTUAL}
    given = ready(monkeypatch, lambda options, callback: callback(Server(options)))

    found = document("mock", "virtual", "--service", "stock", "--mocks", tree(tmp_path, files))

    assert given[0].service == "stock"
    assert list(given[0].scenarios) == ["stock.virtual"]
    assert found["services"] == {"stock": "http://127.0.0.1:5/stock"}
    assert found["selected"] == ["stock.virtual"]
