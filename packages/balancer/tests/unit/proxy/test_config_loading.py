"""A configuration file loads whole, or every problem in it is told with its line."""

import pytest

from balancer.proxy.config import ConfigError, load

GOOD = """\
providers:
  - name: primary
    type: anthropic
    base_url: https://api.anthropic.com
    auth_value: ${KEY}
    timeouts: {first_byte: 5}
  - {name: backup, type: openai, base_url: "${BASE:-http://127.0.0.1:1}/v1", auth_type: none, priority: 2, weight: 3}
model_routes:
  "claude-*":
    - {provider: primary}
    - {provider: backup, model: gpt-x, priority: 7}
settings:
  port: ${PORT}
  unhealthy_thresholds: {401: 1}
"""
ENV = {"KEY": "sk-test-1", "PORT": "9191"}


@pytest.fixture
def write(tmp_path):
    def writes(text, mode=0o600):
        path = tmp_path / "balancer.yaml"
        path.write_text(text, "utf-8")
        path.chmod(mode)
        return path

    return writes


def problems(path, env=ENV):
    with pytest.raises(ConfigError) as caught:
        load(path, env)
    return [(one.line, one.where, one.message, one.hint) for one in caught.value.problems]


def test_file_becomes_a_configuration_with_defaults_and_environment(write):
    config = load(write(GOOD), ENV)

    primary, backup = config.providers
    assert primary.auth_value.get_secret_value() == "sk-test-1"
    assert (primary.timeouts.first_byte, primary.timeouts.idle) == (5, 30)
    assert backup.base_url == "http://127.0.0.1:1/v1"
    assert config.settings.port == 9191
    assert config.settings.unhealthy_thresholds == {401: 1}
    assert 529 in config.settings.unhealthy_http_codes
    assert [
        (one.provider, one.model_for("claude-3"), one.priority, one.weight) for one in config.match("claude-3").targets
    ] == [
        ("primary", "claude-3", 1, 1),
        ("backup", "gpt-x", 7, 3),
    ]


def test_credential_is_in_no_text_of_the_configuration(write):
    config = load(write(GOOD), ENV)

    assert "sk-test-1" not in f"{config!r}{config}{config.providers[0].identity}"
    assert "sk-test-1" not in config.model_dump_json()


def test_anchors_and_merge_keys_work(write):
    text = GOOD.replace("- name: primary", "- &first\n    name: primary").replace(
        "{name: backup, type", "{<<: *first, name: backup, type"
    )

    config = load(write(text.replace("auth_type: none", "auth_type: auth_token")), ENV)

    assert config.by_name["backup"].timeouts.first_byte == 5
    assert config.by_name["backup"].auth_value.get_secret_value() == "sk-test-1"


TWO_LINES = "providers:\n  - {name: a, type: openai, base_url: 'http://x/v1', auth_type: none}\n"
ROUTES = "model_routes: {'*': [{provider: a}]}\n"
A = "{name: a, type: openai, base_url: 'http://x/v1', auth_type: none"

BAD = {
    "": (1, "", "this holds no configuration", "It begins with `providers:` and `model_routes:`"),
    "- 1\n": (1, "", "this holds no configuration", "It begins with `providers:` and `model_routes:`"),
    "a: [1\nb: 2\n": (2, "", "this is no YAML: expected ',' or ']', but got ':'", ""),
    "a: !!python/object:os.system x\n": (
        1,
        "",
        "this is no YAML: could not determine a constructor for the tag 'tag:yaml.org,2002:python/object:os.system'",
        "",
    ),
    f"providers: 7\n{ROUTES}": (1, "providers", "this must be a list", ""),
    f"{TWO_LINES}{ROUTES}settings: [1]\n": (4, "settings", "this must be a mapping", ""),
    f"{TWO_LINES}{ROUTES}settings: {{unhealthy_http_codes: 500}}\n": (
        4,
        "settings.unhealthy_http_codes",
        "this must be a list",
        "",
    ),
    f"{TWO_LINES}": (1, "model_routes", "this key is missing", ""),
    f"providers: []\n{ROUTES}": (1, "providers", "there is nothing in it", ""),
    f"{TWO_LINES}model_routes: {{}}\n": (3, "model_routes", "there is nothing in it", ""),
    f"{TWO_LINES}model_routes: {{m: []}}\n": (3, "model_routes.m", "this route has no target", ""),
    f"{TWO_LINES}{ROUTES}setings: {{}}\n": (4, "setings", "there is no such key", "Did you mean 'settings'?"),
    f"{TWO_LINES}{ROUTES}settings:\n  retry:\n    max_attempt: 3\n": (
        6,
        "settings.retry.max_attempt",
        "there is no such key",
        "Did you mean 'max_attempts'?",
    ),
    f"providers:\n  - {A}, timeouts: {{conect: 1}}}}\n{ROUTES}": (
        2,
        "providers[0].timeouts.conect",
        "there is no such key",
        "Did you mean 'connect'?",
    ),
    f"{TWO_LINES}model_routes: {{'*': [{{provider: a, modell: x}}]}}\n": (
        3,
        "model_routes.*[0].modell",
        "there is no such key",
        "Did you mean 'model'?",
    ),
    f"{TWO_LINES}  - {A}}}\n{ROUTES}": (3, "providers[1].name", "providers[0] is called 'a' already", ""),
    f"{TWO_LINES}model_routes: {{'*': [{{provider: aa}}]}}\n": (
        3,
        "model_routes.*[0].provider",
        "there is no provider 'aa'",
        "Did you mean 'a'?",
    ),
    f"{TWO_LINES}model_routes:\n  M: [{{provider: a}}]\n  m: [{{provider: a}}]\n": (
        5,
        "model_routes.m",
        "this is the same route as one above: case does not matter",
        "",
    ),
    f"{TWO_LINES}model_routes:\n  m: [{{provider: a}}, {{provider: a}}]\n": (
        4,
        "model_routes.m[1].provider",
        "this route has 'a' with this model already",
        "Take one of them out",
    ),
    f"providers:\n  - {{name: a, type: openai, base_url: x/v1, auth_type: none}}\n{ROUTES}": (
        2,
        "providers[0].base_url",
        "this is no address",
        "Write it with scheme and host: https://api.example.com",
    ),
    f"providers:\n  - {{name: a, type: openai, base_url: 'http://u:p@x/v1', auth_type: none}}\n{ROUTES}": (
        2,
        "providers[0].base_url",
        "an address here has no user, query or fragment",
        "Credentials go into `auth_value`",
    ),
    f"providers:\n  - {{name: a, type: anthropic, base_url: 'http://x/v1/', auth_type: none}}\n{ROUTES}": (
        2,
        "providers[0].base_url",
        "`/v1/messages` is appended to it, so that it would end in /v1/v1/messages",
        "Leave out the /v1",
    ),
    f"providers:\n  - {{name: a, type: openai, base_url: 'http://x/v1'}}\n{ROUTES}": (
        2,
        "providers[0].auth_value",
        "auth_type api_key needs a value",
        "For example ${ANTHROPIC_API_KEY}",
    ),
    f"providers:\n  - {A}, auth_value: sk-test-2}}\n{ROUTES}": (
        2,
        "providers[0].auth_value",
        "auth_type none sends no value of ours",
        "Leave it out",
    ),
    "providers:\n  - {name: 12, type: openai, base_url: 'http://x/v1', auth_type: none}\nmodel_routes: {'*': [{provider: '12'}]}\n": (
        2,
        "providers[0].name",
        "input should be a valid string",
        "Put it in quotes",
    ),
    f"{TWO_LINES}{ROUTES}settings:\n  unhealthy_response_body_patterns:\n    - ok\n    - '('\n": (
        7,
        "settings.unhealthy_response_body_patterns[1]",
        "this is no regular expression: missing ), unterminated subpattern at position 0",
        "",
    ),
    f"{TWO_LINES}{ROUTES}settings: {{failure_cooldown: .inf}}\n": (
        4,
        "settings.failure_cooldown",
        "this is no finite number",
        "",
    ),
    f"{TWO_LINES}{ROUTES}settings:\n  port: 1\n  port: 2\n": (
        6,
        "settings.port",
        "this key stands in line 5 already",
        "",
    ),
    f"{TWO_LINES}{ROUTES}settings: {{auth: {{enabled: true}}}}\n": (
        4,
        "settings.auth.keys",
        "auth is enabled without a key: nobody could call",
        "Add `keys`",
    ),
    f"{TWO_LINES}{ROUTES}settings: {{admin_token: '${{NO_TOKEN}}'}}\n": (
        4,
        "settings.admin_token",
        "the environment variable NO_TOKEN is not set",
        "Set it, or write ${NO_TOKEN:-default}",
    ),
    f"{TWO_LINES}{ROUTES}settings: {{unhealthy_thresholds: {{often: 1}}}}\n": (
        4,
        "settings.unhealthy_thresholds.often",
        "input should be a valid integer, unable to parse string as an integer",
        "",
    ),
}


@pytest.mark.parametrize(("text", "problem"), BAD.items())
def test_one_mistake_is_one_problem_with_its_line(write, text, problem):
    assert problems(write(text)) == [problem]


def test_all_mistakes_are_told_at_once_in_the_order_of_lines(write):
    text = (
        GOOD.replace("type: anthropic", "type: antropic")
        .replace("provider: primary", "provider: primry")
        .replace("port:", "prt:")
    )

    assert [(line, where) for line, where, *_ in problems(write(text), {})] == [
        (3, "providers[0].type"),
        (5, "providers[0].auth_value"),
        (10, "model_routes.claude-*[0].provider"),
        (13, "settings.prt"),
    ]


def test_missing_variable_is_the_only_problem_of_its_key(write):
    text = GOOD.replace("${BASE:-http://127.0.0.1:1}/v1", "${BASE}")

    assert [where for _, where, *_ in problems(write(text))] == ["providers[1].base_url"]


LITERAL = (
    GOOD.replace("${KEY}", "sk-test-open")
    + "  admin_token: tok-test\n  auth: {enabled: true, keys: [key-test, '${KEY}']}\n"
)


def test_credentials_in_a_file_that_all_can_read_are_refused_each(write):
    found = problems(write(LITERAL, 0o644))

    assert [(line, where) for line, where, *_ in found] == [
        (5, "providers[0].auth_value"),
        (15, "settings.admin_token"),
        (16, "settings.auth.keys[0]"),
    ]
    assert "chmod 600" in found[0][3]


def test_credentials_in_a_private_file_are_taken(write):
    assert load(write(LITERAL, 0o640), ENV).settings.admin_token.get_secret_value() == "tok-test"


@pytest.mark.parametrize(
    "text",
    [LITERAL.replace("anthropic", "antropic"), LITERAL + "x: [sk-test-open\n", LITERAL + "  port: sk-test-open\n"],
)
def test_no_message_holds_a_credential(write, text):
    with pytest.raises(ConfigError) as caught:
        load(write(text, 0o644), ENV)

    assert "-test" not in str(caught.value)


def test_file_that_is_not_there(tmp_path):
    assert problems(tmp_path / "none.yaml") == [(1, "", "the file cannot be read: No such file or directory", "")]


def test_file_that_is_not_text(tmp_path):
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")

    assert problems(tmp_path / "binary.yaml") == [(1, "", "the file is not UTF-8", "")]


@pytest.mark.parametrize(
    "bomb",
    [
        "a: &a [x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"{n}: &{n} [{', '.join(['*' + p] * 9)}]\n" for p, n in zip("abcdefgh", "bcdefghi", strict=True)),
        "a: " + "[" * 900 + "]" * 900,
        "a: &a\n  b: *a\n",
    ],
    ids=["aliases", "depth", "itself"],
)
def test_file_that_would_fill_the_memory(write, bomb):
    ((_, _, message, _),) = problems(write(bomb))

    assert message == "this is too large for a configuration, or refers to itself"
