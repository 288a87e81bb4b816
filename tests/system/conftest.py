"""The system suite: what starts processes, and what is generated at length. Only here are Hypothesis and Schemathesis loaded.

Hypothesis measures no time: a test says what is right, not how busy the machine is.
"""

from hypothesis import settings as hypothesis_settings

from tests.framework.on_sqlite import *  # noqa: F403

pytest_plugins = ["_hypothesis_pytestplugin", "schemathesis.pytest.plugin"]

hypothesis_settings.register_profile("tests", deadline=None)
hypothesis_settings.load_profile("tests")
