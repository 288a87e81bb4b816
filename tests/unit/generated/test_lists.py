"""Every list with more rows than a request may repeat a statement: `Api` fails a list that asks once for each row."""

from backend.core.pagination import Page
from tests.framework import routes
from tests.framework.generated_requests import Caller
from tests.framework.query_count import MOST

ROUTES = routes.every()
LISTS = [e for e in ROUTES if e.route.method == "GET" and isinstance(e.returns, type) and issubclass(e.returns, Page)]


def maker_of(endpoint):
    """What adds a row to the list: as matrix.py says, else the POST of the same path."""
    if known := routes.knowledge(endpoint.module).rows.get(endpoint.name):
        return known
    post = next((e for e in ROUTES if e.route.path == endpoint.route.path and e.route.method == "POST"), None)
    assert post, f"tests/unit/{endpoint.module}/matrix.py must tell in `rows` how {endpoint.name} gets a row"

    def make(api, actor):
        caller = Caller(api, post)
        caller.actor = actor
        assert caller.send().status_code < 300

    return make


@routes.each(LISTS)
def test_many_rows_take_no_more_statements_than_few(api, endpoint):
    caller, make = Caller(api, endpoint), maker_of(endpoint)
    for _ in range(MOST + 1):
        make(api, caller.actor)

    answer = caller.send(query="per_page=100")

    assert len(answer.json["data"]["items"]) > MOST
