"""Sessions never meet: choice, state, journal, clock, random numbers and reset belong to one each."""

import random
from concurrent.futures import ThreadPoolExecutor

import requests

SESSIONS = 50
CALLS = 24
GOOD = {"productId": "p", "quantity": 1}


class Probe:
    """One session's program: it knows what each answer has to be."""

    def __init__(self, number: int, client) -> None:
        self.number = number
        self.client = client
        self.empty = number % 2 == 1
        names = ["inventory.outOfStock"] if self.empty else ["inventory.available"]
        self.session = client.open(f"probe-{number}", names, seed=number)
        self.id = self.session["id"]
        self.total = 0
        self.calls = 0
        self.wrong: list[str] = []

    def expect(self, what: str, got: object, wanted: object) -> None:
        if got != wanted:
            self.wrong.append(f"{self.id}: {what} is {got!r}, not {wanted!r}")

    def step(self, http: requests.Session, dice: random.Random) -> None:
        dice.choice([self.check, self.add, self.add, self.advance, self.switch, self.reset])(http)

    def base(self, service: str) -> str:
        return self.session["urls"][service]

    def check(self, http: requests.Session) -> None:
        answer = http.post(f"{self.base('inventory')}/internal/inventory/check", json=GOOD, timeout=20).json()
        self.calls += 1
        self.expect("available", answer["available"], not self.empty)

    def add(self, http: requests.Session) -> None:
        self.total += 1
        self.calls += 1
        self.expect("total", http.post(f"{self.base('counter')}/add", timeout=20).json()["total"], self.total)

    def advance(self, http: requests.Session) -> None:
        """After 15 minutes the counter forgets."""
        self.client.advance(self.id, minutes=16)
        self.calls += 1
        self.total = 0
        self.expect("after its time", http.get(f"{self.base('counter')}/total", timeout=20).json()["total"], 0)

    def switch(self, http: requests.Session) -> None:
        self.empty = not self.empty
        self.client.select(["inventory.outOfStock" if self.empty else "inventory.available"], self.id)

    def reset(self, http: requests.Session) -> None:
        self.expect("calls", len(self.client.journal(self.id)), self.calls)
        self.client.reset(self.id)
        self.total = self.calls = 0
        self.expect("calls after reset", self.client.get(self.id)["calls"], 0)


def test_fifty_interleaved_sessions_give_no_wrong_answer(client) -> None:
    probes = [Probe(number, client) for number in range(SESSIONS)]

    def play(worker: int) -> None:
        dice = random.Random(worker)
        mine = probes[worker::8]
        with requests.Session() as http:
            for _ in range(CALLS * len(mine)):
                dice.choice(mine).step(http, dice)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(play, range(8)))

    assert [text for probe in probes for text in probe.wrong] == []
    assert sum(probe.calls for probe in probes) > 0
    for probe in probes:
        urls = {entry["request"]["url"] for entry in client.journal(probe.id)}
        assert len(client.journal(probe.id)) == probe.calls
        assert all(f"/_s/{probe.id}/" in url for url in urls)


def test_a_transition_in_one_session_is_none_in_another_and_reset_leaves_the_other(client) -> None:
    """The probe that a peer's namespaces fail: B saw A's state, and resetting A erased B."""
    a, b = (client.open(name, ["inventory.flaky"], seed=1) for name in "ab")

    def status(session: dict) -> int:
        return requests.post(
            f"{session['urls']['inventory']}/internal/inventory/check", json=GOOD, timeout=5
        ).status_code

    assert [status(a), status(a), status(a)] == [503, 503, 200]
    assert status(b) == 503
    client.reset("a")
    assert [status(b), status(b)] == [503, 200]
    assert [status(a), status(a), status(a)] == [503, 503, 200]
    assert (len(client.journal("a")), len(client.journal("b"))) == (3, 3)


def test_closing_one_session_leaves_the_others(client) -> None:
    sessions = [client.open(name) for name in "ab"]
    client.close("a")

    left = requests.get(f"{sessions[1]['urls']['inventory']}/internal/ping", timeout=5)
    gone = requests.get(f"{sessions[0]['urls']['inventory']}/internal/ping", timeout=5)
    assert (left.status_code, gone.headers.get("X-Mdt-Error")) == (200, "unknown-session")


def test_clock_and_random_numbers_are_the_sessions_own(client) -> None:
    one, two, same = (client.open(name, ["inventory.when"], seed=seed) for name, seed in (("a", 1), ("b", 2), ("c", 1)))
    client.freeze("a", "2030-01-01T00:00:00+00:00")
    client.advance("a", minutes=15)

    def ask(session: dict) -> dict:
        return requests.get(f"{session['urls']['inventory']}/internal/ping", timeout=5).json()

    first, other, equal = ask(one), ask(two), ask(same)
    assert first["now"].startswith("2030-01-01T00:15:00")
    assert not other["now"].startswith("2030")
    assert first["dice"] == equal["dice"] != other["dice"]
    assert [one_["session"] for one_ in (first, other, equal)] == ["a", "b", "c"]
    assert ask(one)["call"] in (2, "2")
    client.reset("a")
    again = ask(one)
    assert (again["dice"], again["call"]) == (first["dice"], first["call"])
    assert not again["now"].startswith("2030")
