"""What a folder becomes: services, addresses, compositions, shared data."""

import pytest

from mdt.definitions import load
from mdt.definitions.files import MAX_BYTES
from mdt.errors import DefinitionError
from tests.unit.folders import SHOP, loaded, player, told, write

ROUTE = "default: ok\nroutes: {GET /x: {ok: {json: 1}, down: {status: 503}}}\n"


def test_a_missing_folder_is_told(tmp_path):
    with pytest.raises(DefinitionError, match="there is no such folder of mock definitions"):
        load(tmp_path / "nope")


def test_an_empty_folder_is_an_empty_catalog(tmp_path):
    catalog = loaded(tmp_path, {})

    assert (catalog.scenario_names(), dict(catalog.hosts), dict(catalog.shared)) == ([], {}, {})


def test_services_come_from_files_and_folders_of_every_kind(tmp_path):
    catalog = loaded(
        tmp_path,
        {
            "external/a.yaml": ROUTE,
            "internal/b/service.yaml": ROUTE,
            "internal/b/notes.yaml": "not: read here",
            "performance/c.yml": ROUTE,
            "external/d.json": '{"service": "dd", "routes": {}}',
            "internal/.hidden.yaml": "[",
            "internal/notes.txt": "[",
        },
    )

    assert set(catalog.services) == {"a", "b", "c", "dd"}
    assert catalog.services["b"].file.endswith("internal/b/service.yaml")
    assert catalog.scenario_names() == ["a.down", "a.ok", "b.down", "b.ok", "c.down", "c.ok"]


def test_a_service_knows_what_was_written(tmp_path):
    text = "# a comment\nservice: shop\ntitle: 商店\ndescription: Sells.\nurl: https://Shop.Example:443/v1/\n" + ROUTE
    shop = loaded(tmp_path, {SHOP: text}).services["shop"]

    assert (shop.name, shop.title, shop.description, shop.line) == ("shop", "商店", "Sells.", 2)
    assert (shop.url, shop.host, shop.base_path) == ("https://Shop.Example:443/v1", "shop.example", "/v1")
    assert (shop.default, shop.virtual, shop.scenario_names) == ("ok", None, {"ok", "down"})
    (route,) = shop.routes
    assert (route.method, route.template, route.label, route.line) == ("GET", "/x", "GET /x", 7)
    assert {name: scenario.line for name, scenario in route.scenarios.items()} == {"ok": 7, "down": 7}


def test_a_service_without_url_and_title(tmp_path):
    shop = loaded(tmp_path, {SHOP: ROUTE}).services["shop"]

    assert (shop.title, shop.url, shop.host, shop.base_path) == ("shop", "http://shop.internal", "shop.internal", "")


def test_two_services_of_one_name_are_told(tmp_path):
    found = told(tmp_path, {SHOP: ROUTE, "external/shop.yaml": "url: http://other\n" + ROUTE})

    assert found[0].startswith("internal/shop.yaml:1: there are two services called 'shop'. The other one is")


def test_two_services_at_one_address_are_told(tmp_path):
    found = told(
        tmp_path, {SHOP: "url: http://a:80/\n" + ROUTE, "internal/two.yaml": "service: two\nurl: http://A\n" + ROUTE}
    )

    assert found == [found[0]]
    assert "internal/two.yaml:1: http://A belongs to two services. shop" in found[0]


def test_a_folder_without_service_file_is_told(tmp_path):
    found = told(tmp_path, {"internal/shop/cart.yaml": ROUTE})

    assert found == [
        "internal/shop/cart.yaml:1: shop/ has no service.yaml, so cart.yaml is not read. Call it service.yaml, or move it one folder up"
    ]


def test_a_file_that_is_too_large_is_told(tmp_path):
    folder = write(tmp_path, {SHOP: ROUTE})
    with (folder / SHOP).open("ab") as file:
        file.truncate(MAX_BYTES + 1)

    assert told(tmp_path, {}) == [f"{SHOP}:1: shop.yaml is larger than 10 MB"]


def test_links_that_lead_out_of_the_folder_are_refused(tmp_path):
    (tmp_path / "secret.yaml").write_text(ROUTE)
    folder = write(tmp_path, {"internal/a.yaml": ROUTE, "shared/ok.json": "1"})
    (folder / "internal/link.yaml").symlink_to(tmp_path / "secret.yaml")
    (folder / "shared/link.json").symlink_to(tmp_path / "secret.yaml")

    assert [problem.partition(":")[0] for problem in told(tmp_path, {})] == ["internal/link.yaml", "shared/link.json"]
    assert all("lies outside of mocks/" in problem for problem in told(tmp_path, {}))


def test_links_inside_the_folder_are_fine(tmp_path):
    folder = write(tmp_path, {"shared/ok.json": "1"})
    (folder / "shared/link.json").symlink_to(folder / "shared/ok.json")

    assert loaded(tmp_path, {}).shared["link"] == 1


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    folder = write(tmp_path, {SHOP: ROUTE + "  \n"})
    (folder / "shared").mkdir()
    (folder / "shared/a.json").write_text("1")
    (folder / "internal/files").mkdir()
    text = "routes: {GET /x: {ok: {file: files}}}"

    assert "files cannot be read: Is a directory" in told(tmp_path, {SHOP: text})[0]


def test_shared_data(tmp_path):
    catalog = loaded(tmp_path, {"shared/a.json": "[1]", "shared/b.yaml": "x: [no]\n", "shared/c.yml": "5"})

    assert dict(catalog.shared) == {"a": [1], "b": {"x": ["no"]}, "c": 5}
    assert type(catalog.shared["b"]) is dict


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"shared/a.json": "{\n]"}, "shared/a.json:2: this is no JSON"),
        ({"shared/a.json": "1", "shared/a.yaml": "1"}, "shared/a.yaml:1: there are two files for shared.a"),
        ({"shared/a.yaml": "[1"}, "shared/a.yaml:2: this is no YAML"),
        ({"shared/a.json": "[" * 200_000}, "shared/a.json:1: this is no JSON"),
    ],
)
def test_shared_data_that_cannot_be_read(tmp_path, files, expected):
    assert any(problem.startswith(expected) for problem in told(tmp_path, files)), told(tmp_path, files)


@pytest.mark.parametrize(
    ("written", "env", "url", "host", "base"),
    [
        ("${A:-http://a.internal}", {}, "http://a.internal", "a.internal", ""),
        ("${A:-http://a.internal}", {"A": "https://b:8443/x/"}, "https://b:8443/x", "b:8443", "/x"),
        ("${A:-http://a.internal}", {"A": ""}, "http://a.internal", "a.internal", ""),
        ("${A}", {"A": "http://a"}, "http://a", "a", ""),
        ("http://${A}/v${B:-1}", {"A": "h"}, "http://h/v1", "h", "/v1"),
        ("http://h:443", {}, "http://h:443", "h:443", ""),
        ("https://h:443", {}, "https://h:443", "h", ""),
        ("http://[::1]:3002", {}, "http://[::1]:3002", "[::1]:3002", ""),
        ("http://h/%E4%B8%AD", {}, "http://h/%E4%B8%AD", "h", "/中"),
    ],
)
def test_urls(tmp_path, written, env, url, host, base):
    shop = loaded(tmp_path, {SHOP: f'url: "{written}"\n{ROUTE}'}, env).services["shop"]

    assert (shop.url, shop.host, shop.base_path) == (url, host, base)


@pytest.mark.parametrize(
    ("written", "env", "reason"),
    [
        ("${A}", {}, "the environment has no A; set it, or write ${A:-http://…}"),
        ("${A}", {"A": ""}, "'' is no url of a service"),
        ("shop.internal", {}, "'shop.internal' is no url of a service"),
        ("http://h:99999", {}, "is no url"),
        ("http://h:x", {}, "is no url"),
        ("http://[::1", {}, "is no url"),
        ("http://h?a=1", {}, "is no url of a service"),
        ("http://h#a", {}, "is no url of a service"),
        ("http://", {}, "is no url of a service"),
        ("${A-x}", {}, "is no url of a service"),
    ],
)
def test_urls_that_are_none(tmp_path, written, env, reason):
    assert reason in told(tmp_path, {SHOP: f'url: "{written}"\n{ROUTE}'}, env)[0]


def test_files_are_named_from_the_working_directory(tmp_path, monkeypatch):
    folder = write(tmp_path, {SHOP: ROUTE})
    monkeypatch.chdir(tmp_path)

    assert load(folder, {}).services["shop"].file == "mocks/internal/shop.yaml"


def test_the_environment_is_that_of_the_process_by_default(tmp_path, monkeypatch):
    monkeypatch.setenv("MDT_TEST_URL", "http://from-env")

    assert load(write(tmp_path, {SHOP: "url: ${MDT_TEST_URL}"})).services["shop"].host == "from-env"


def test_a_file_that_is_gone_breaks_only_the_answer_that_names_it(tmp_path):
    shop = player(tmp_path, "GET /x:\n  ok: {json: 1}\n  gone: {file: gone.bin}\nGET /y: {ok: {json: 2}}\n")

    assert shop.json("GET /y") == 2
    shop.play("shop.gone")
    assert "gone.bin cannot be read: No such file" in str(shop.miss("GET /x"))
    assert [problem.line for problem in shop.catalog.problems] == [5]
