"""The settings: read strictly, refused with every problem at once, and never repeated aloud when secret."""

import base64
import random
from pathlib import Path

import pytest
from flask import Flask
from pydantic import Field, ValidationError

from backend.core import settings as module
from backend.core import settings_loading
from backend.core.settings import ROOT, Address, SettingsError
from backend.core.settings_checks import is_placeholder
from backend.settings import Settings, load_settings
from tests.framework.tables import table, words
from tests.unit.core.support import PRODUCTION
from tools import env_example

STRONG = PRODUCTION["jwt_secret"]


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither this shell's nor the suite's variables."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Writes an env file into an empty project: `env_file("PORT=1")`, `env_file(..., name=".env.unit")`."""
    monkeypatch.setattr(settings_loading, "ROOT", tmp_path)

    def write(text: str | bytes, name: str = ".env") -> None:
        (tmp_path / name).write_bytes(text.encode() if isinstance(text, str) else text)

    return write


def refused(**values: object) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        Settings(**values)
    return caught.value.problems


def refused_at_start() -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load_settings()
    return caught.value.problems


class TestReading:
    def test_a_fresh_clone_needs_no_settings_at_all(self, env_file):
        settings = load_settings()

        assert settings.app_env == "development"
        assert settings.sqlalchemy_url.get_backend_name() == "sqlite"
        assert settings.docs_served

    @table(
        "text, name, value",
        [
            ("PORT=8123\nCORS_ORIGINS=*", "port", 8123),
            ("port=8125\n", "port", 8125),
            (
                "CORS_ORIGINS=https://a.example, https://b.example,",
                "cors_origins",
                ["https://a.example", "https://b.example"],
            ),
            ("# 数据库\nJWT_ISSUER=商店\n", "jwt_issuer", "商店"),
            ("PORT=\n", "port", 5000),
            ("DOCS_ENABLED=\n", "docs_enabled", None),
            ("JWT_PREVIOUS_KEYS=\n", "jwt_previous_keys", {}),
        ],
    )
    def test_values_come_from_the_env_file_in_utf8_and_empty_ones_are_as_good_as_none(
        self, env_file, text, name, value
    ):
        env_file(text)

        assert getattr(load_settings(), name) == value

    def test_the_process_environment_wins(self, env_file, monkeypatch):
        env_file("PORT=8123")
        monkeypatch.setenv("PORT", "8124")

        assert load_settings().port == 8124

    @table(
        "text, host, port, environment",
        [
            ("FLASK_HOST=0.0.0.0\nFLASK_PORT=8126\nFLASK_ENV=development", "0.0.0.0", 8126, "development"),
            ("FLASK_APP=run.py\nFLASK_PORT=8126\nPORT=8127", "127.0.0.1", 8127, "development"),
            ("FLASK_PORT=8126\nport=8127", "127.0.0.1", 8127, "development"),
            ("FLASK_HOST=\nFLASK_ENV=testing\nDATABASE_URL=sqlite://", "127.0.0.1", 5000, "integration"),
        ],
    )
    def test_flasks_names_are_taken_where_ours_are_not_given(
        self, env_file, monkeypatch, text, host, port, environment
    ):
        env_file(text)

        by_file = load_settings()
        env_file("")
        for line in text.splitlines():
            name, _, value = line.partition("=")
            monkeypatch.setenv(name.upper(), value)
        env_file(text.replace("FLASK_PORT", "PORT"), name=".env.integration")

        for found in (by_file, load_settings()):
            assert (found.host, found.port, found.app_env) == (host, port, environment)
        for line in text.splitlines():
            monkeypatch.delenv(line.partition("=")[0].upper())

    def test_flasks_names_are_checked_like_ours(self, env_file):
        env_file("FLASK_PORT=many\nFLASK_ENV=moon")

        problems = refused_at_start()

        assert [problem.partition(":")[0] for problem in problems] == ["APP_ENV", "PORT"]

    @pytest.mark.parametrize("environment", ["unit", "integration"])
    def test_each_test_suite_has_an_env_file_of_its_own(self, env_file, monkeypatch, environment):
        env_file("PORT=1111")
        env_file(f"APP_ENV={environment}\nDATABASE_URL=sqlite://\nPORT=2222", name=f".env.{environment}")
        monkeypatch.setenv("APP_ENV", environment)

        assert load_settings().port == 2222

    def test_empty_variables_are_as_good_as_none(self, env_file, monkeypatch):
        monkeypatch.setenv("SERVER_WORKERS", "")

        assert load_settings().server_workers == 2

    def test_origins_may_be_given_as_a_list_and_docs_as_an_empty_text(self):
        settings = Settings(cors_origins=["https://a.example"], docs_enabled="")

        assert settings.cors_origins == ["https://a.example"]
        assert settings.docs_enabled is None

    def test_the_running_application_knows_its_settings(self, app: Flask):
        with app.app_context():
            assert module.current() is app.extensions["settings"]

    def test_an_application_without_the_settings_of_a_module_says_so(self, app: Flask):
        with app.app_context(), pytest.raises(TypeError, match="no ServiceSettings"):
            module.current_as(ServiceSettings)

    def test_settings_cannot_be_changed_afterwards(self):
        with pytest.raises(ValueError, match="frozen"):
            Settings().port = 1


class TestEnvFile:
    @table(
        "text, problem",
        [
            ("JWT_SECRT=x\n", ".env: JWT_SECRT is no setting; did you mean JWT_SECRET?"),
            ("ZZZ_QQQ=1\n", ".env: ZZZ_QQQ is no setting"),
            ("PORT\n", ".env: 'PORT' has no value; write NAME=value"),
            ("PORT=1\n# 数".encode("gbk"), ".env: not UTF-8 text; save it as UTF-8"),
            ("PORT=1".encode("utf-16"), ".env: not UTF-8 text; save it as UTF-8"),
            (
                'JWT_PREVIOUS_KEYS={"k0": "planted-value\n',
                'JWT_PREVIOUS_KEYS: Value error, not JSON; write {"k0": "the old secret"}',
            ),
            (
                "JOBS_TIMEZONE=Mars/Olympus\n",
                "JOBS_TIMEZONE: Value error, no time zone that this machine knows; write one like Asia/Shanghai, or UTC",
            ),
        ],
    )
    def test_mistake_is_refused_with_what_to_write_and_no_value_repeated(self, env_file, text, problem):
        env_file(text)

        assert refused_at_start() == [problem]


class TestEveryProblemAtOnce:
    def test_wrong_values_and_unknown_names(self, env_file):
        env_file("PORT=high\nSERVER_WORKERS=0\nLOG_LEVEL=LOUD\nPROT=1\n")

        problems = refused_at_start()

        assert [problem.split(":")[0] for problem in problems] == [".env", "PORT", "SERVER_WORKERS", "LOG_LEVEL"]

    def test_values_that_contradict_each_other_and_unknown_names(self, env_file):
        env_file(
            "DB_POOL_SIZE=8\nDB_LOCK_TIMEOUT=2\nDB_STATEMENT_TIMEOUT=2\nJWT_SECRET=short\nDATABASE_URL=oops\nPROT=1\n"
        )

        text = "\n".join(refused_at_start())

        assert "PROT is no setting; did you mean PORT?" in text
        assert "DATABASE_URL: not a database address" in text
        assert "JWT key 'k1': shorter than 32 bytes" in text
        assert "DB_LOCK_TIMEOUT must be smaller than DB_STATEMENT_TIMEOUT" in text
        assert "DB_POOL_SIZE must be smaller than SERVER_THREADS" in text

    def test_what_follows_only_from_an_unreadable_value_is_left_out(self, env_file):
        env_file("SERVER_THREADS=many\nDB_POOL_SIZE=20\nDB_READ_TIMEOUT=1\n")

        problems = refused_at_start()

        assert [problem.split()[0] for problem in problems] == ["SERVER_THREADS:", "DB_STATEMENT_TIMEOUT"]

    def test_the_message_lists_them_line_by_line(self):
        error = SettingsError(["PORT: too high", "HOST: empty"])

        assert error.format_message().splitlines()[1:3] == ["  - PORT: too high", "  - HOST: empty"]
        assert error.exit_code == 2

    @table(
        "line",
        [
            "METRICS_TOKEN=planted-value\nPORT=high",
            "JWT_SECRET=planted-value",
            'JWT_PREVIOUS_KEYS={"k0": ["planted-value"]}',
            "DATABASE_URL=planted-value",
            "MYSQL_ADDRESS=planted-value:port",
            "DB_POOL_SIZE=planted-value",
        ],
    )
    def test_no_message_repeats_a_value(self, env_file, line):
        env_file(line)

        assert not any("planted-value" in problem for problem in refused_at_start())


class TestDatabase:
    def test_the_address_of_wechat_cloud_run_becomes_a_url(self):
        settings = Settings(mysql_address="10.0.0.5:3307", mysql_username="app", mysql_password="p@ss/w:rd")

        url = settings.sqlalchemy_url

        assert (url.drivername, url.host, url.port, url.database) == ("mysql+pymysql", "10.0.0.5", 3307, "touchstone")
        assert (url.username, url.password, url.query) == ("app", "p@ss/w:rd", {"charset": "utf8mb4"})

    def test_the_port_of_the_address_may_be_left_out_and_a_url_wins_over_it(self):
        assert Settings(mysql_address="db").sqlalchemy_url.port == 3306
        assert Settings(database_url="mysql+pymysql://u:p@one/x", mysql_address="two:3306").sqlalchemy_url.host == "one"

    @table(
        "values, name",
        [
            ({"database_url": "no url"}, "DATABASE_URL"),
            ({"database_url": "mysql+pymysql://h:port/x"}, "DATABASE_URL"),
            ({"mysql_address": "db:port"}, "MYSQL_ADDRESS"),
        ],
    )
    @pytest.mark.parametrize(
        "base", [{"app_env": "development"}, {"app_env": "unit"}, PRODUCTION | {"database_url": ""}]
    )
    def test_an_unusable_address_is_named(self, values, name, base):
        problems = refused(**base | values)

        assert [p for p in problems if "not a database address" in p] == [
            f"{name}: not a database address; write mysql+pymysql://user:password@host:3306/name or host:port"
        ]

    @table("environment", ["unit", "integration"])
    def test_tests_refuse_a_database_that_is_not_named_for_them(self, environment):
        problems = refused(app_env=environment, database_url="mysql+pymysql://u:p@db/shop")

        assert problems == ["tests would run on the database 'shop'; its name must carry 'test'"]

    @table("url", ["sqlite://", "sqlite:////tmp/test.sqlite3", "mysql+pymysql://u:p@db/shop_test"])
    def test_tests_accept_memory_and_test_databases(self, url):
        assert Settings(app_env="unit", database_url=url).testing


class ServiceSettings(Settings):
    stock_url: Address = ""


class TestAddresses:
    GOOD = (
        "",
        "http://inventory",
        "http://10.0.0.7:8080",
        "https://a.example/_s/s-1/inventory",
        "http://[::1]:80/",
        "http://a/",
    )
    BAD = ("http://a b", " ", *words("inventory:8080 ftp://a http:// http:///a http://u:p@a http://a?b http://a/#b"))

    @table("address", GOOD)
    def test_of_a_service_is_accepted(self, address):
        assert ServiceSettings(stock_url=address).stock_url == address

    @table("address", BAD)
    def test_that_is_none_is_refused(self, address):
        with pytest.raises(ValidationError):
            ServiceSettings(stock_url=address)


class TestProduction:
    def test_complete_settings_are_accepted(self):
        settings = Settings(**PRODUCTION)

        assert settings.production
        assert not settings.testing
        assert not settings.docs_served
        assert Settings(**PRODUCTION, docs_enabled=True).docs_served

    @table(
        "changed, problem",
        [
            ({"jwt_secret": "development-only-signing-key-0123456789"}, "JWT key 'k1': a placeholder"),
            ({"jwt_secret": "please-change-me-please-change-me-please"}, "JWT key 'k1': a placeholder"),
            ({"jwt_secret": "abab" * 12}, "JWT key 'k1': a placeholder"),
            ({"jwt_secret": STRONG[:31]}, "JWT key 'k1': shorter than 32 bytes"),
            ({"jwt_previous_keys": {"k0": "your-secret-key-your-secret-key-1"}}, "JWT key 'k0': a placeholder"),
            ({"jwt_previous_keys": {"k0": STRONG[1:]}}, "JWT key 'k0': shorter than 32 bytes"),
            ({"jwt_previous_keys": {"k1": STRONG[::-1]}}, "JWT_KEY_ID names a key of JWT_PREVIOUS_KEYS"),
            ({"database_url": ""}, "DATABASE_URL is SQLite or empty"),
            ({"database_url": "sqlite:///x.db"}, "DATABASE_URL is SQLite or empty"),
            ({"metrics_token": "fifteen-letters"}, "METRICS_TOKEN: shorter than 16 bytes"),
            ({"cors_origins": "https://a.example,*"}, "CORS_ORIGINS=* opens the API to every site"),
        ],
    )
    def test_what_is_dangerous_is_refused(self, changed, problem):
        problems = refused(**PRODUCTION | changed)

        assert [p.startswith(problem) for p in problems] == [True]

    def test_every_danger_of_a_bare_start_is_listed(self, env_file):
        env_file("APP_ENV=production\nCORS_ORIGINS=*\n")

        starts = [" ".join(problem.split()[:2]) for problem in refused_at_start()]

        assert starts == [
            "JWT key",
            "DATABASE_URL is",
            "CORS_ORIGINS=* opens",
            "WECHAT_GATEWAY=stand-in lets",
            "WECHAT_APP_ID is",
            "WECHAT_APP_SECRET is",
        ]


class StockSettings(Settings):
    stock_days: int = Field(3, ge=1)

    def problems(self):
        return [*super().problems(), *(["STOCK_DAYS: an odd number, please"] if self.stock_days % 2 == 0 else [])]


class TestModules:
    """A module declares settings, and what must not be, in a subclass."""

    @pytest.fixture
    def composed(self):
        return settings_loading.compose([ServiceSettings, StockSettings])

    def test_one_class_has_them_all_after_those_of_core(self, composed):
        assert [*composed.model_fields][-2:] == ["stock_url", "stock_days"]
        assert composed(stock_days=5).port == 5000
        assert issubclass(composed, ServiceSettings)

    def test_all_problems_are_listed_at_once(self, composed, env_file):
        env_file("APP_ENV=production\nJWT_SECRET=short\nSTOCK_DAYS=2\nSTOCK_URI=http://a\n")

        with pytest.raises(SettingsError) as caught:
            settings_loading.load(composed)

        problems = caught.value.problems
        assert problems[0] == ".env: STOCK_URI is no setting; did you mean STOCK_URL?"
        assert problems[-1] == "STOCK_DAYS: an odd number, please"
        assert any("JWT key 'k1': shorter" in problem for problem in problems)

    def test_without_the_module_its_names_are_unknown(self, env_file):
        env_file("STOCK_DAYS=3\n")

        with pytest.raises(SettingsError, match="STOCK_DAYS is no setting"):
            settings_loading.load(settings_loading.compose([ServiceSettings]))


class TestKeys:
    def test_the_current_key_comes_first_and_retired_ones_follow(self):
        settings = Settings(jwt_secret=STRONG, jwt_key_id="k2", jwt_previous_keys={"k1": STRONG[::-1]})

        assert list(settings.jwt_keys.items()) == [("k2", STRONG), ("k1", STRONG[::-1])]

    def test_secrets_do_not_show_when_settings_are_printed(self):
        settings = Settings(**PRODUCTION, metrics_token="planted-metrics-token", jwt_previous_keys={"k0": STRONG[::-1]})

        shown = repr(settings) + str(settings) + settings.model_dump_json()

        secrets = (STRONG, STRONG[::-1], "planted-metrics-token", PRODUCTION["wechat_app_secret"], ":pw@")
        assert [secret for secret in secrets if secret in shown] == []


def test_the_example_file_says_what_the_class_says():
    assert (ROOT / ".env.example").read_text(encoding="utf-8") == env_example.render()


def test_the_example_file_is_a_usable_env_file(env_file):
    env_file(
        "\n".join(
            line.removeprefix("#")
            for line in env_example.render().splitlines()
            if line.startswith("#") and "=" in line.split(" ")[0]
        )
    )

    assert load_settings() == Settings()


def test_every_setting_says_what_it_is_for():
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


class TestPlaceholders:
    @table(
        "secret",
        [
            "",
            "changeme",
            "please-change-me-please-change-me-please",
            "your-secret-key-your-secret-key-1",
            "MY_SECRET_KEY_0123456789_0123456789",
            "xxxxxxxx-0123456789-abcdefghijklmnop",
            "example.0123456789.abcdefghijklmnopqr",
            "development-only-signing-key-0123456789",
        ],
    )
    def test_what_somebody_forgot_to_replace(self, secret):
        assert is_placeholder(secret)

    def test_a_generated_secret_is_none(self):
        """A word inside one is chance: of 566 secrets one has `xxx`, in capitals or not."""
        chance = random.Random(8)
        refused = [
            secret
            for secret in (base64.urlsafe_b64encode(chance.randbytes(48)).decode() for _ in range(20_000))
            if is_placeholder(secret)
        ]

        assert refused == []
        assert not is_placeholder("Zb4qk1mWv8sTxxXg7yNcYouR0pLr5xHsecretd2fJu9eA")
