"""Every route × every kind of Authorization header: who comes in, and how those are refused who do not."""

from tests.framework import routes
from tests.framework.generated_checks import assert_protected, assert_refused
from tests.framework.generated_requests import Caller
from tests.framework.generated_tokens import GOOD, NOBODY, SPOILING, UNBELIEVABLE
from tests.framework.tables import every

BAD = NOBODY | UNBELIEVABLE
EVERY_HEADER = (BAD | GOOD).values()
CLOSED = routes.every("user", "permission")
SIGNED = routes.every("signature")
PUBLIC = routes.every("public")


def send(caller, make, path=None):
    """The right request, with this Authorization header instead of the right one."""
    path, body = path or caller.path(), caller.body()
    return caller.send(body, path=path, headers={"Authorization": make(caller.api, caller.actor)})


@routes.each(CLOSED)
class TestClosedRoutes:
    def test_anonymous_is_refused(self, api, endpoint):
        response = api.call(endpoint.route.method, Caller(api, endpoint).path())

        assert_refused(response, 401)
        assert response.headers["WWW-Authenticate"] == "Bearer"

    def test_bad_header_is_refused(self, api, endpoint):
        usual = Caller(api, endpoint)
        path = usual.path()

        def refused(kind):
            response = send(Caller(api, endpoint) if kind in SPOILING else usual, BAD[kind], path)

            assert_refused(response, 401)
            challenge = 'Bearer error="invalid_token"' if kind in UNBELIEVABLE else "Bearer"
            assert response.headers["WWW-Authenticate"] == challenge

        every(BAD, refused)

    def test_good_header_passes(self, api, endpoint):
        def passes(kind):
            response = send(Caller(api, endpoint), GOOD[kind])

            assert response.status_code == endpoint.route.status, response.text
            assert_protected(response)

        every(GOOD, passes)

    def test_role_that_may_not_is_refused(self, api, endpoint):
        def as_stated(role):
            caller = Caller(api, endpoint)
            caller.actor = api.login(role)

            response = caller.send()

            if role in routes.roles_with(endpoint):
                assert response.status_code == endpoint.route.status
            else:
                assert_refused(response, 403)

        every(routes.ROLES, as_stated)


class TestSignedRoutes:
    @routes.each(SIGNED)
    def test_anonymous_and_every_user_are_refused(self, api, endpoint):
        for make in EVERY_HEADER:
            header = make(api, api.login("admin"))

            response = api.call(endpoint.route.method, endpoint.route.path, headers={"Authorization": header})

            assert_refused(response, 401)
            assert response.headers["WWW-Authenticate"] == endpoint.route.access.name

    @routes.each(SIGNED)
    def test_proof_opens(self, api, endpoint):
        response = Caller(api, endpoint).send()

        assert response.status_code == endpoint.route.status, response.text
        assert_protected(response)


class TestPublicRoutes:
    @routes.each(PUBLIC)
    def test_anonymous_and_everybody_else_are_answered_alike(self, api, endpoint):
        anonymous = Caller(api, endpoint).send()

        for make in EVERY_HEADER:
            response = send(Caller(api, endpoint), make)

            assert response.status_code == anonymous.status_code
            assert_protected(response)


class TestTheTables:
    def test_every_kind_of_access_is_walked(self):
        assert {e.name for e in CLOSED + SIGNED + PUBLIC} == {e.name for e in routes.every()}

    def test_every_permission_is_held_by_a_role_and_not_by_all(self):
        for endpoint in routes.every("permission"):
            assert 0 < len(routes.roles_with(endpoint)) < len(routes.ROLES), routes.label(endpoint)
