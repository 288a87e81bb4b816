"""Each compiled line says who wants the package."""

from datetime import UTC, datetime

from scripts import compile_requirements


def item(name, version, *requires, extras=()):
    return {
        "metadata": {"name": name, "version": version, "requires_dist": list(requires)},
        "requested_extras": list(extras),
    }


REPORT = [
    item("PyMySQL", "1.2.4", "cryptography; extra == 'rsa'", "PyNaCl; extra == 'ed25519'", extras=["rsa"]),
    item("cryptography", "50.0.2", "cffi>=1.14; platform_python_implementation != 'PyPy'"),
    item("cffi", "2.1.1"),
]


def test_a_package_is_wanted_by_those_that_require_it_here():
    assert compile_requirements.wanted_by(REPORT) == {"cryptography": {"pymysql"}, "cffi": {"cryptography"}}


def test_each_line_carries_version_and_reasons(tmp_path, monkeypatch):
    monkeypatch.setattr(compile_requirements, "ROOT", tmp_path)
    (tmp_path / "some.in").write_text("# a comment\n-c requirements.txt\npymysql[rsa]  # the driver\n")

    lines = compile_requirements.compiled(REPORT, "some.in", {"cffi"})

    assert lines == [
        "cffi==2.1.1               # via cryptography, -c requirements.txt",
        "cryptography==50.0.2      # via pymysql",
        "pymysql==1.2.4            # via -r some.in",
    ]


def test_packages_of_ours_stay_as_they_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(compile_requirements, "ROOT", tmp_path)
    (tmp_path / "some.in").write_text("-c a.txt\n-e packages/x[server]\n./vendor/y-1-py3-none-any.whl[tls]\nflask\n")

    assert compile_requirements.folders("some.in") == ["-e packages/x[server]", "./vendor/y-1-py3-none-any.whl[tls]"]
    assert compile_requirements.wanted("some.in") == {"flask"}


def test_release_is_a_week_old():
    now = datetime(2026, 3, 10, 12, 30, tzinfo=UTC)

    assert compile_requirements.old_enough(now) == ["--uploaded-prior-to", "2026-03-03T12:30:00Z"]
