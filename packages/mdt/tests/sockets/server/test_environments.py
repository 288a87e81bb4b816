"""Environments and data sets on the server: of the default session, of others, over the admin API; and huge answers."""

import threading
import time

import pytest
import requests

from mdt.errors import UnknownDatasetError
from mdt.server.client import Client, ServerRefusedError
from mdt.server.runner import start_in_thread
from tests.unit.folders import SHOP, write

ROW = "{'id': '{n}', 'name': fake.name, 'phone': fake.phone_number, 'address': fake.address}"
FILES = {
    SHOP: f"""
        default: ok
        routes:
          GET /users: {{ok: {{json: "{{{{ shared.users | length }}}}"}}}}
          GET /quick: {{ok: {{json: 1, latency: 0s}}}}
          GET /huge:  {{ok: {{json: "{{{{ rows(10000, {ROW}) }}}}"}}}}
        """,
    "mdt.yaml": """
        environments:
          dev:  {dataset: few}
          perf: {dataset: many, latency: 50ms, strict: true, description: For load tests.}
        """,
    "shared/users.json": '[{"id": 1}, {"id": 2}]',
    "datasets/few/dataset.yaml": "{description: One., replace: [users]}",
    "datasets/few/users.json": '[{"id": 1}]',
    "datasets/many/dataset.yaml": "generate: {users: \"{{ rows(10000, {'id': 'u{n}', 'name': fake.name}) }}\"}",
}


@pytest.fixture
def running(tmp_path):
    server = start_in_thread(write(tmp_path, FILES))
    yield server
    server.stop()


def users(client: Client, session: str = "default") -> int:
    return requests.get(f"{client.address_of('shop', session)}/users", timeout=20).json()


def test_sessions_have_environments_of_their_own(running) -> None:
    client = running.client()
    perf, few = client.open("p", environment="perf"), client.open("f", environment="perf", dataset="few")

    assert (perf["environment"], perf["dataset"]) == ("perf", "many")
    assert (few["environment"], few["dataset"]) == ("perf", "few")
    assert [users(client), users(client, "p"), users(client, "f")] == [2, 10_002, 1]
    entered = client.enter(environment="dev")
    assert (entered["environment"], entered["dataset"]) == ("dev", "few")
    assert [users(client), users(client, "p")] == [1, 10_002]
    assert client.catalog("p")["environment"] == "perf"


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([{"environment": "perf"}], ("perf", "many")),
        ([{"environment": "perf", "dataset": "few"}], ("perf", "few")),
        ([{"environment": "perf"}, {"dataset": "shared"}], ("perf", "shared")),
        ([{"environment": "perf"}, {"dataset": "few"}, {"dataset": None}], ("perf", "many")),
        ([{"dataset": "many"}, {"environment": "perf"}, {"environment": None}], ("dev", "shared")),
        ([{"environment": "perf"}, {"environment": None, "dataset": None}], ("dev", "shared")),
        ([], ("dev", "shared")),
    ],
)
def test_null_goes_back_to_what_the_server_began_with(tmp_path, steps, expected) -> None:
    server = start_in_thread(write(tmp_path, FILES), environment="dev", dataset="shared")
    try:
        client = server.client()
        for step in steps:
            client.enter("default", **step)

        found = client.get()
        assert (found["environment"], found["dataset"]) == expected
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("body", "status", "code", "text"),
    [
        ({"environment": "perff"}, 422, "unknown-environment", "Did you mean perf?"),
        ({"dataset": "mani"}, 422, "unknown-dataset", "Did you mean many?"),
        ({"env": "perf"}, 422, "bad-body", "'env' is not known here"),
        ({"environment": 5}, 422, "bad-body", "'environment' is str or NoneType, not 5"),
    ],
)
def test_mistakes_change_nothing(running, body, status, code, text) -> None:
    client = running.client()

    with pytest.raises(ServerRefusedError, match=text) as raised:
        client.enter("default", **body)

    assert (raised.value.status, raised.value.code) == (status, code)
    assert client.get()["environment"] is None
    with pytest.raises(ServerRefusedError, match=text):
        client.open("x", **body)
    assert [one["id"] for one in client.sessions()] == ["default"]


def test_the_list(running) -> None:
    found = running.client().environments()

    assert [one["name"] for one in found["environments"]] == ["dev", "perf"]
    assert found["environments"][1]["latency"] == {"fixed": {"seconds": 0.05}}
    assert [one["name"] for one in found["datasets"]] == ["shared", "few", "many"]


def test_a_server_with_a_wrong_name_does_not_start(tmp_path) -> None:
    with pytest.raises(UnknownDatasetError, match="Did you mean few"):
        start_in_thread(write(tmp_path, FILES), dataset="fev")


def test_a_reload_changes_the_data_of_open_sessions(running, tmp_path) -> None:
    client = running.client()
    client.enter(environment="dev")
    (tmp_path / "mocks/datasets/few/users.json").write_text('[{"id": 1}, {"id": 2}, {"id": 3}]')

    client.reload()

    assert users(client) == 3


def test_the_neighbours_of_a_huge_answer_are_quick(running) -> None:
    """10,000 rows take some tenths of a second in a thread; a quick answer meanwhile takes milliseconds."""
    url = running.server.url
    requests.get(f"{url}/huge", timeout=30)
    huge = [threading.Thread(target=requests.get, args=(f"{url}/huge",), kwargs={"timeout": 60}) for _ in range(4)]
    waits = []
    for one in huge:
        one.start()
    with requests.Session() as http:
        while any(one.is_alive() for one in huge):
            begun = time.monotonic()
            assert http.get(f"{url}/quick", timeout=10).json() == 1
            waits.append(time.monotonic() - begun)

    assert len(waits) >= 10
    assert sorted(waits)[len(waits) // 2] < 0.1
