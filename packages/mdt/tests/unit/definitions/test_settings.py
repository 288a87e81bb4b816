"""mdt.yaml: each key, its default, and what it refuses."""

import pytest

from mdt.definitions import Settings
from mdt.engine.session_keys import SessionKey
from tests.unit.folders import loaded, told


def test_without_a_file_all_are_defaults(tmp_path):
    settings = loaded(tmp_path, {}).settings

    assert settings == Settings()
    assert (settings.port, settings.host, settings.strict, settings.token) == (3002, "127.0.0.1", False, None)
    assert (settings.session_ttl, settings.session_limit, settings.journal_limit) == (3600, 10_000, 10_000)


def test_every_key(tmp_path):
    text = """
        port: 0
        tlsPort: 3443
        host: 0.0.0.0
        strict: true
        seed: night
        token: t0ken
        sessionTtl: 30m
        sessionLimit: 5
        journalLimit: 100
        allowHosts: [127.0.0.1, "*.example.org"]
        sessionKeys: [{header: X-Token, prefix: mdt_key_}, {header: Authorization, prefix: Bearer sk-mdt-}]
    """

    assert loaded(tmp_path, {"mdt.yaml": text}).settings == Settings(
        0,
        3443,
        "0.0.0.0",
        True,
        "night",
        "t0ken",
        1800.0,
        5,
        100,
        ("127.0.0.1", "*.example.org"),
        session_keys=(SessionKey("x-token", "mdt_key_"), SessionKey("authorization", "sk-mdt-")),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("prot: 1", "mdt.yaml:1: mdt.yaml has no key 'prot'. Did you mean port?"),
        ("port: 70000", "mdt.yaml:1: 'port' is a number from 0 to 65535, not a number ('70000')"),
        ("port: true", "mdt.yaml:1: 'port' is a number from 0 to 65535"),
        ("port: '1'", "mdt.yaml:1: 'port' is a number from 0 to 65535"),
        ("strict: no", "mdt.yaml:1: 'strict' is true or false, not a text ('no')"),
        ("host: 5", "mdt.yaml:1: 'host' is a text"),
        ("token: ''", "mdt.yaml:1: 'token' is a text"),
        ("seed: [1]", "mdt.yaml:1: 'seed' is a number or a text"),
        ("seed: true", "mdt.yaml:1: 'seed' is a number or a text"),
        ("sessionTtl: long", "mdt.yaml:1: 'sessionTtl' is a duration: 30m, or a number of seconds"),
        ("sessionLimit: 0", "mdt.yaml:1: 'sessionLimit' is a number from 1 to 1000000"),
        ("allowHosts: localhost", "mdt.yaml:1: 'allowHosts' is a list of hosts"),
        ("allowHosts: [1]", "mdt.yaml:1: 'allowHosts' is a list of hosts"),
        ("sessionKeys: x", "mdt.yaml:1: 'sessionKeys' is a list of keys, each {header: x-api-key, prefix: sk-mdt-}"),
        ("sessionKeys: [{header: x}]", "mdt.yaml:1: 'sessionKeys' is a list of keys, each {header: x-api-key"),
        (
            "sessionKeys: [{header: x, prefix: sk-proj-}]",
            "mdt.yaml:1: 'sessionKeys' is a prefix of 6 characters or more with `mdt` in it, which no real key has",
        ),
        ("sessionKeys: [{header: x, prefix: mdt}]", "mdt.yaml:1: 'sessionKeys' is a prefix of 6 characters or more"),
        ("[1]", "mdt.yaml:1: mdt.yaml is a mapping, not a list"),
        ("", "mdt.yaml:1: the file is empty"),
    ],
)
def test_mistakes(tmp_path, text, expected):
    assert told(tmp_path, {"mdt.yaml": text})[0].startswith(expected)
