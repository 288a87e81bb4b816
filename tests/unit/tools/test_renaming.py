"""Which words a rename changes, line by line. The project here is `alpha`, its package `alfa`; they become one name."""

from tests.framework.tables import table, words
from tools import renaming
from tools.renaming import KEPT, ORIGIN, Names, Renaming

PARTS = frozenset({"core", "modules", "tools", "serve"})
OLD, NEW = Names("alpha", "alfa"), Names("my_shop", "my_shop")
RENAMING = Renaming(OLD, NEW, PARTS)


def renamed(path, line, renaming=RENAMING):
    return renaming.content(path, line.encode()).decode()


@table(
    "line, wanted",
    [
        ("from alfa import create_app", "from my_shop import create_app"),
        ("from alfa.core.db import db", "from my_shop.core.db import db"),
        ("    from alfa.modules.people.late import x", "    from my_shop.modules.people.late import x"),
        ("import alfa.modules", "import my_shop.modules"),
        ("import alfa", "import my_shop"),
        ("python -c 'import alfa'", "python -c 'import my_shop'"),
        ('containers = "alfa.modules.*"', 'containers = "my_shop.modules.*"'),
        ("Path(alfa.__file__)", "Path(my_shop.__file__)"),
        ("app = alfa.create_app()", "app = my_shop.create_app()"),
        ("python -m alfa.serve", "python -m my_shop.serve"),
        ("flask --app alfa run", "flask --app my_shop run"),
        ('("flask", "--app", "alfa", "db")', '("flask", "--app", "my_shop", "db")'),
        ("pytest --cov=alfa --cov-report=html", "pytest --cov=my_shop --cov-report=html"),
        ('ROOT / "alfa" / "core"', 'ROOT / "my_shop" / "core"'),
        ('Flask("alfa")', 'Flask("my_shop")'),
        ("see alfa/core/db.py", "see my_shop/core/db.py"),
        ("/app/alfa/core", "/app/my_shop/core"),
        ("`alfa/modules/<feature>/`", "`my_shop/modules/<feature>/`"),
        ("branches of alfa/ below", "branches of my_shop/ below"),
        ("the package `alfa`", "the package `my_shop`"),
        ("Path('/app/alfa')", "Path('/app/my_shop')"),
        (r"site-packages|alfa[./]|sqlite", r"site-packages|my_shop[./]|sqlite"),
    ],
)
def test_the_package(line, wanted):
    assert renamed("docs/x.md", line) == wanted


@table(
    "line",
    [
        '{"alfa": "dogpile.cache.memory"}',
        'configure(alfa="x")',
        "alfa = make_alfa()",
        "for alfa developers",
        "import alfabet",
        "from alfabet import x",
        *words("""
        url.get_alfa_name() region.alfa._cache other.alfa.core alfabet.core half-alfa/core alfa/unknown
        _alfa(settings)
    """),
    ],
)
def test_words_that_only_look_like_the_package(line):
    assert renamed("alfa/core/x.py", line) == line


@table(
    "line, wanted",
    [
        ('ISSUER = "alpha"', 'ISSUER = "my_shop"'),
        ("alpha-api", "my_shop-api"),
        ("alpha_test_gw0", "my_shop_test_gw0"),
        ("ALPHA_URL", "MY_SHOP_URL"),
        ("# Alpha", "# My Shop"),
        ("<title>Alpha API</title>", "<title>My Shop API</title>"),
        ("alphabet, Alphabet", "alphabet, Alphabet"),
    ],
)
def test_the_project(line, wanted):
    assert renamed("alfa/core/x.py", line) == wanted


@table("path", ["Makefile", "Dockerfile", "scripts/run.sh", ".ci/run", "compose.yml", ".env.unit"])
def test_in_scripts_every_word_is_the_package(path):
    assert renamed(path, "COPY alfa ./alfa # half-alfa, alfa-x") == "COPY my_shop ./my_shop # half-alfa, alfa-x"


def test_in_pyproject_every_quoted_word_is_the_package():
    assert renamed("pyproject.toml", 'source = ["alfa"]  # an alfa') == 'source = ["my_shop"]  # an alfa'
    assert renamed("x.py", 'source = ["alfa"]') == 'source = ["alfa"]'


def test_in_the_tests_of_the_image_a_listed_file_is_the_package():
    assert renamed("tests/container/x.py", '        "alfa",') == '        "my_shop",'
    assert renamed("tests/unit/x.py", '        "alfa",') == '        "alfa",'


@table(
    "path, wanted",
    [
        ("alfa/core/db.py", "my_shop/core/db.py"),
        ("docs/alpha.md", "docs/my_shop.md"),
        ("tests/alfa/x.py", "tests/alfa/x.py"),
        ("alfa", "alfa"),
        ("alphabet/x.py", "alphabet/x.py"),
    ],
)
def test_paths(path, wanted):
    assert RENAMING.path(path) == wanted


def test_what_is_no_text_stays():
    assert RENAMING.content("x.png", b"\xff alpha") == b"\xff alpha"


def test_line_ends_stay():
    assert RENAMING.content("x.txt", b"alpha\r\nalpha\n\nalpha") == b"my_shop\r\nmy_shop\n\nmy_shop"


def test_there_and_back_is_nothing():
    files = {
        "alfa/core/db.py": b'from alfa.core import x\nNAME = "alfa"\n',
        "Makefile": b"IMAGE = alfa\n\tmypy alfa\n",
        "docs/alfa.md": b"# Alfa\nfrom `alfa`, ALFA_URL\n",
    }
    one = Names("alfa", "alfa")

    there = Renaming(one, NEW, PARTS).tree(files)

    assert there.keys() == {"my_shop/core/db.py", "Makefile", "docs/my_shop.md"}
    assert Renaming(NEW, one, PARTS).tree(there) == files


@table(
    "path",
    [
        "alpha/modules/letters/model.py",
        "tests/unit/letters/test_letters.py",
        "tests/integration/letters/test_x.py",
        "migrations/versions/0002_letters.py",
    ],
)
def test_second_rename_leaves_the_words_of_the_clones_own_modules(path):
    second = Renaming(Names("alpha", "alpha"), NEW, PARTS, own=frozenset({"letters"}))

    assert renamed(path, '__tablename__ = "alpha"', second) == '__tablename__ = "alpha"'
    assert renamed(path, "from alpha.core import x", second) == "from my_shop.core import x"
    assert renamed("alpha/core/settings.py", '"alpha"', second) == '"my_shop"'


def test_first_rename_knows_the_templates_name_for_what_it_is():
    first = Renaming(ORIGIN, NEW, PARTS, own=frozenset({"letters"}))

    assert renamed("tests/unit/letters/x.py", f'"{ORIGIN.project}"', first) == '"my_shop"'


@table("where, said", [(where, said) for where, said, _ in KEPT])
def test_lines_that_speak_of_the_template_stay(where, said):
    path = where.replace("*", "alfa", 1).replace("*", "x")
    line = f"{said} alpha alfa.core"

    assert renamed(path, line) == line
    assert RENAMING.left({path: line.encode()}) == []


def test_what_is_left_is_told_with_its_place():
    files = {"a.md": b"one\nan alfa of Alpha\nalphabet get_alfa_name\n", "b.png": b"\xff alpha"}

    assert RENAMING.left(files) == ["a.md:2: an alfa of Alpha"]


def test_the_tools_and_their_tests_keep_the_name_of_the_template():
    line = '"[tool.touchstone]"  # upstream'

    assert all(renaming._kept(path, line) for path in ("tools/renaming.py", "tests/unit/tools/conftest.py"))
    assert not renaming._kept("backend/core/settings.py", line)
