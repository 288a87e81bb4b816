"""How the server is set up, where a mistake would show only now and then."""

import anthropic
import openai

from balancer.proxy.app import create_app
from balancer.proxy.config import load
from balancer.proxy.serving import server_of

CONFIG = """
providers: [{name: p1, type: openai, base_url: "http://127.0.0.1:9/v1", auth_type: none}]
model_routes: {"*": [{provider: p1}]}
"""
OTHER_POOLS = {"aiohttp": 15.0, "nginx's keepalive_timeout": 60.0, "Go's http.DefaultTransport": 90.0}


def test_a_connection_stays_open_for_longer_than_clients_keep_it(tmp_path):
    """Else a client now and then sends a request over a connection that is being closed, and sees a reset."""
    sdks = {
        module.__name__: module._constants.DEFAULT_CONNECTION_LIMITS.keepalive_expiry for module in (anthropic, openai)
    }

    path = tmp_path / "balancer.yaml"
    path.write_text(CONFIG)
    server = server_of(create_app(load(path)))

    assert server.config.timeout_keep_alive > max((sdks | OTHER_POOLS).values())
