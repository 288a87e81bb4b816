"""Settings of the services that an order asks."""

import pytest
from pydantic import ValidationError

from backend.settings import Settings


@pytest.mark.parametrize("name", ["inventory_url", "user_service_url", "notification_url"])
def test_address_of_a_service_is_checked(name):
    assert getattr(Settings(**{name: "http://a.internal:8080/v1"}), name) == "http://a.internal:8080/v1"
    with pytest.raises(ValidationError):
        Settings(**{name: "a.internal:8080"})
