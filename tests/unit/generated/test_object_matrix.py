"""Every route with an object in its path × anonymous, another user, the owner, an administrator (OWASP API1: BOLA)."""

from tests.framework import routes
from tests.framework.generated_checks import assert_refused
from tests.framework.generated_requests import Caller, place_of
from tests.framework.tables import every

WITH_OBJECTS = [endpoint for endpoint in routes.every() if routes.parameters(endpoint)]
OWN = [endpoint for endpoint in WITH_OBJECTS if endpoint.route.access.kind == "user"]
BY_PERMISSION = [endpoint for endpoint in WITH_OBJECTS if endpoint.route.access.kind == "permission"]


def seen_by(endpoint):
    """Roles that a module lets in although the object is not theirs."""
    seen = routes.knowledge(endpoint.module).seen_by
    return frozenset().union(*(seen.get(name, frozenset()) for name in routes.parameters(endpoint)))


@routes.each(WITH_OBJECTS)
def test_an_object_can_be_made_for_each(api, endpoint):
    owner = api.login()

    places = [place_of(api, endpoint, name, owner) for name in routes.parameters(endpoint)]

    assert all(places)


@routes.each(OWN + BY_PERMISSION)
def test_anonymous_is_refused(api, endpoint):
    path = Caller(api, endpoint).path()

    assert_refused(api.call(endpoint.route.method, path), 401)


@routes.each(OWN)
class TestOwnObjects:
    def test_owner_passes(self, api, endpoint):
        assert Caller(api, endpoint).send().status_code == endpoint.route.status

    def test_anothers_does_not_exist(self, api, endpoint):
        def hidden(role):
            caller = Caller(api, endpoint)
            path, owner = caller.path(), caller.actor
            caller.actor = api.login(role)

            response = caller.send(path=path)

            if role in seen_by(endpoint):
                assert response.status_code == endpoint.route.status
                return
            assert_refused(response, 404)
            caller.actor = owner
            assert caller.send(path=path).status_code == endpoint.route.status, "the refused request changed the object"

        every(routes.ROLES, hidden)


@routes.each(BY_PERMISSION)
class TestObjectsByPermission:
    def test_neither_owner_nor_another_user_comes_in_without_the_permission(self, api, endpoint):
        caller = Caller(api, endpoint)

        for actor in (caller.owner, api.login()):
            caller.actor = actor
            assert_refused(caller.send(), 403)

    def test_administrator_passes(self, api, endpoint):
        caller = Caller(api, endpoint)
        caller.actor = api.login("admin")

        assert caller.send().status_code == endpoint.route.status

    def test_object_that_does_not_exist_is_404(self, api, endpoint):
        caller = Caller(api, endpoint)
        nothing = routes.PATH_PARAMETER.sub("999999999", endpoint.route.path)

        assert_refused(caller.send(path=nothing), 404)


def test_every_route_with_an_object_is_walked():
    public = [e for e in WITH_OBJECTS if e.route.access.kind == "public"]

    assert len(OWN) + len(BY_PERMISSION) + len(public) == len(WITH_OBJECTS)
    assert {e.module for e in public} <= {"docs"}, "a public route shows anybody's object: say so here if it is meant"
