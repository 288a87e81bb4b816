"""What goes wrong in a test environment, with what to do about it."""


class EnvironmentSetupError(RuntimeError):
    """The environment could not be set up; nothing of it is left."""


class UnexpectedBehaviorError(AssertionError):
    """The client saw something else than the scenario expects."""
