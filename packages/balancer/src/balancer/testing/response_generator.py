"""What a behaviour would answer, without a server: for tests of code that reads answers."""

import time
from collections.abc import Mapping
from typing import Any

from balancer.mock import answers
from balancer.mock.behaviors import ProviderBehavior
from balancer.mock.call import Answer, Call
from balancer.mock.namespaces import Namespace
from balancer.mock.scenario import ProviderConfig
from balancer.mock.surfaces import CHAT, MESSAGES


class MockResponseGenerator:
    """`await MockResponseGenerator.generate(behavior, request, provider)`."""

    @staticmethod
    async def generate(
        behavior: ProviderBehavior | str, request_data: Mapping[str, Any], provider_config: ProviderConfig
    ) -> Answer:
        """A Reply, Fault or Stream of mdt. A Stream's pieces break as the server's would: with StreamBrokenError."""
        namespace = Namespace("alone", None, time.monotonic)
        surface = MESSAGES if provider_config.provider_type == "anthropic" else CHAT
        known = {"provider": provider_config.name, "attempt": 1, "behavior": str(behavior), "method": "POST"}
        entry = namespace.journal.open(namespace.now(), (), path=surface.path, **known)
        return await answers.answer(
            Call(namespace, provider_config, ProviderBehavior(behavior), surface, request_data, entry)
        )
