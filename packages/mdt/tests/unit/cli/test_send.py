"""`mdt mock send`, and callbacks in `mdt mock list`, `lint` and `schema`."""

from pathlib import Path

import pytest

from mdt.callbacks.couriers import HttpCourier, UndeliverableError
from mdt.callbacks.model import Message
from mdt.engine.messages import Reply
from tests.unit.callbacks.application import ENV, PAYMENT, is_genuine
from tests.unit.cli.support import document, run, tree


@pytest.fixture
def mocks(tmp_path: Path) -> Path:
    return tree(tmp_path, PAYMENT)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Message]:
    """What would go over the network; answered as the application would."""
    found: list[Message] = []

    def deliver(self: HttpCourier, message: Message, gate: object = None, **_more: object) -> Reply:
        found.append(message)
        if "closed" in message.url:
            raise UndeliverableError("nobody there")
        headers = {name.title(): value for name, value in message.headers}
        return Reply(200 if is_genuine(headers, message.body) else 401)

    monkeypatch.setattr(HttpCourier, "deliver", deliver)
    return found


def test_each_delivery_is_a_line(mocks: Path, sent: list[Message]) -> None:
    arguments = ("mock", "send", "payment.duplicate", "--data", "order=o-1", "--to", "http://127.0.0.1:5000")

    result = run(*arguments, "--mocks", mocks, env=ENV)

    assert result.exit_code == 0
    assert [line.split("  ")[1:4] for line in result.stdout.splitlines()] == [
        ["payment.duplicate", "POST http://127.0.0.1:5000/webhook?from=payment", "200"]
    ] * 3
    assert b'"order":"o-1"' in sent[0].body


@pytest.mark.parametrize(("name", "to"), [("forged", "http://127.0.0.1:5000"), ("success", "http://closed")])
def test_a_refused_delivery_ends_with_1(mocks: Path, sent: list[Message], name: str, to: str) -> None:
    result = run("mock", "send", f"payment.{name}", "--data", "order=1", "--to", to, "--mocks", mocks, env=ENV)

    assert result.exit_code == 1
    assert result.stdout.startswith("✗")


def test_what_comes_later_than_the_wait_is_said(mocks: Path, sent: list[Message]) -> None:
    result = run(
        *("mock", "send", "payment.delayed", "--to", "http://127.0.0.1:5000/elsewhere", "--data", "order=1"),
        *("--wait", "0", "--mocks", mocks),
        env=ENV,
    )

    assert result.stdout == "1 deliveries come later and were not waited for; --wait SECONDS waits longer\n"
    assert sent == []


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("payment.sucess",), 2, "There is no callback 'payment.sucess'. Did you mean payment.success?"),
        (("payment.success", "--to", "localhost"), 2, "'localhost' is no http url"),
        (("payment.success", "--data", "order"), 2, "'order' is no data. Write NAME=VALUE"),
        (("payment.success", "--data", "order=1"), 1, "the environment has no APP_URL"),
    ],
)
def test_mistakes(mocks: Path, arguments: tuple[str, ...], code: int, message: str) -> None:
    result = run("mock", "send", *arguments, "--mocks", mocks, env=ENV)

    assert (result.exit_code, result.stdout) == (code, "")
    assert message in result.stderr


def test_callbacks_are_listed_with_their_signature(mocks: Path) -> None:
    rows = {row["name"]: row for row in document("mock", "list", "--mocks", mocks)["scenarios"]}

    assert rows["payment.forged"]["kind"] == "callback"
    assert (rows["payment.forged"]["signed"], rows["payment.forged"]["tamper"]) == ("hmac-sha256", "signature")
    assert rows["payment.reordered"]["scenarios"] == ["payment.failed", "payment.success"]
    assert "payment.success (callback)" in run("mock", "list", "--mocks", mocks).stdout.splitlines()


def test_a_service_that_only_sends_is_no_warning(mocks: Path) -> None:
    assert document("mock", "lint", mocks)["warnings"] == []


def test_the_schema_of_callbacks_is_printed() -> None:
    assert document("mock", "schema", "--of", "callbacks")["title"] == "The callbacks of a service of mdt"
