"""What the generated tests are told of health."""

from pydantic import SecretStr

from tests.framework.routes import Knowledge

TOKEN = "metrics-token-of-the-tests"

MATRIX = Knowledge(
    proofs={"metrics": lambda body: {"Authorization": f"Bearer {TOKEN}"}},
    settings={"metrics_token": SecretStr(TOKEN)},
    never={"GET /health/live 503": "it needs nothing that could be away"},
)
