"""Prism's Prefer header over HTTP, and how to switch it off."""

import requests

from mdt.server.runner import start_in_thread

SHOP = "default: ok\nroutes:\n  GET /x: {ok: {json: 1}, missing: {status: 404, json: {error: none}}, made: {json: '{{ call }}'}}\n"


def served(tmp_path, settings: str):
    (tmp_path / "internal").mkdir()
    (tmp_path / "mdt.yaml").write_text(settings, encoding="utf-8")
    (tmp_path / "internal" / "shop.yaml").write_text(SHOP, encoding="utf-8")
    return start_in_thread(tmp_path)


def ask(running, header: str):
    return requests.get(f"{running.server.url}/shop/x", headers={"Prefer": header}, timeout=5)


def test_a_call_chooses_its_scenario(tmp_path):
    running = served(tmp_path, "port: 0\n")
    try:
        missing, made, none = (ask(running, one) for one in ("code=404", "dynamic=true", "code=418"))
        entries = running.client().journal()
    finally:
        running.stop()

    assert (missing.status_code, missing.headers["preference-applied"]) == (404, "code=404")
    assert (made.json(), made.headers["preference-applied"]) == (2, "dynamic=true")
    assert (none.status_code, none.headers["x-mdt-unmatched"]) == (404, "1")
    assert "code=418: the route has ok (200), missing (404), made (200)" in none.text
    assert [entry["scenario"] for entry in entries] == ["missing", "made", None]


def test_it_can_be_switched_off(tmp_path):
    running = served(tmp_path, "port: 0\nprefer: false\n")
    try:
        answer = ask(running, "code=404")
    finally:
        running.stop()

    assert (answer.status_code, answer.headers.get("preference-applied")) == (200, None)
