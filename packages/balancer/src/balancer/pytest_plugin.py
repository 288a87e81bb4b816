"""The pytest plugin: fixtures of the test framework."""
