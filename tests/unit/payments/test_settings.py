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


@pytest.mark.parametrize("secret", [STRONG[:31], f"change-{STRONG}"])
def test_weak_secret_is_refused_in_production_alone(secret):
    with pytest.raises(SettingsError) as caught:
        Settings(**PRODUCTION, payment_webhook_secret=secret)

    assert [problem.startswith(WEAK) for problem in caught.value.problems] == [True]
    assert Settings(payment_webhook_secret=secret)
