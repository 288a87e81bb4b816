"""`flask users promote`: how the first administrator comes to be."""

import pytest


@pytest.fixture
def promote(app):
    return lambda *arguments: app.test_cli_runner().invoke(args=["users", "promote", *map(str, arguments)])


class TestPromote:
    def test_makes_an_administrator(self, api, promote):
        actor = api.login()

        result = promote(actor.id)

        assert result.exit_code == 0
        assert result.output == f"User {actor.id} is now admin.\n"
        assert api.get("/api/v1/users", by=actor).status_code == 200

    def test_gives_any_role(self, api, promote):
        actor = api.login("admin")

        result = promote(actor.id, "--role", "member")

        assert result.exit_code == 0
        assert api.get("/api/v1/users", by=actor).status_code == 403

    def test_unknown_user_is_told_what_to_do(self, promote):
        result = promote(999999)

        assert result.exit_code == 1
        assert "User 999999 not found." in result.output
        assert "Log in once" in result.output

    @pytest.mark.parametrize("arguments", [(1, "--role", "owner"), ("one",), (0,), (-1,), ()])
    def test_arguments_that_make_no_sense_are_refused(self, promote, arguments):
        result = promote(*arguments)

        assert result.exit_code == 2
        assert "Usage:" in result.output
