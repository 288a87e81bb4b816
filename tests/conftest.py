"""What all suites load: the plugin that gives integration tests their database; it does nothing in a run without them."""

pytest_plugins = ["tests.framework.database_plugin"]
