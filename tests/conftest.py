"""What all suites load: the plugin that gives integration tests their database, which does nothing in a run without them.

Hypothesis measures no time: a test says what is right, not how busy the machine is.
"""

from hypothesis import settings

pytest_plugins = ["tests.framework.database_plugin"]

settings.register_profile("tests", deadline=None)
settings.load_profile("tests")
