"""Settings of payments: no notification is believed because of a secret that everybody knows."""

import pytest

from backend.core.settings import SettingsError
from backend.settings import Settings
from tests.unit.core.support import PRODUCTION

STRONG = PRODUCTION["jwt_secret"]
WEAK = "PAYMENT_WEBHOOK_SECRET: shorter than 32 bytes or a placeholder"


@pytest.mark.parametrize("secret", [STRONG, ""])
def test_strong_secret_or_none_is_accepted(secret):
    assert Settings(**PRODUCTION, payment_webhook_secret=secret).production


@pytest.mark.parametrize(
    ("current", "previous", "problem"),
    [
        (STRONG, STRONG[:31], "PAYMENT_WEBHOOK_PREVIOUS_SECRETS: one is shorter than 32 bytes"),
        (STRONG, f"{STRONG[::-1]},change-{STRONG}", "PAYMENT_WEBHOOK_PREVIOUS_SECRETS: one is shorter than 32 bytes"),
        (STRONG, f" {STRONG} ", "PAYMENT_WEBHOOK_PREVIOUS_SECRETS has the value of PAYMENT_WEBHOOK_SECRET"),
        ("", STRONG, "PAYMENT_WEBHOOK_PREVIOUS_SECRETS is set without PAYMENT_WEBHOOK_SECRET"),
    ],
)
def test_previous_secret_that_helps_nobody_is_refused(current, previous, problem):
    settings = {"payment_webhook_secret": current, "payment_webhook_previous_secrets": previous}

    with pytest.raises(SettingsError) as caught:
        Settings(**PRODUCTION, **settings)

    assert [told.startswith(problem) for told in caught.value.problems] == [True]


def test_previous_secrets_are_a_list():
    secrets = {"payment_webhook_secret": STRONG, "payment_webhook_previous_secrets": f"{STRONG[::-1]}, {STRONG}x,"}
    settings = Settings(**PRODUCTION, **secrets)

    assert settings.webhook_secrets == [STRONG, STRONG[::-1], f"{STRONG}x"]


@pytest.mark.parametrize("secret", [STRONG[:31], f"change-{STRONG}"])
def test_weak_secret_is_refused_in_production_alone(secret):
    with pytest.raises(SettingsError) as caught:
        Settings(**PRODUCTION, payment_webhook_secret=secret)

    assert [problem.startswith(WEAK) for problem in caught.value.problems] == [True]
    assert Settings(payment_webhook_secret=secret)
