"""Which scenario is being tested in this process."""

from balancer.mock.scenario import Scenario


class TestContextManager:
    """The scenarios of the environments that are open, the innermost last."""

    __test__ = False  # no test case, in spite of its name
    _open: list[Scenario] = []  # noqa: RUF012 - one for the process

    @classmethod
    def enter(cls, scenario: Scenario) -> None:
        cls._open.append(scenario)

    @classmethod
    def leave(cls, scenario: Scenario) -> None:
        """Environments may end in any order."""
        cls._open[:] = [one for one in cls._open if one is not scenario]

    set_scenario = enter

    @classmethod
    def get_current_context(cls) -> Scenario | None:
        return cls._open[-1] if cls._open else None

    @classmethod
    def is_context_set(cls) -> bool:
        return bool(cls._open)

    @classmethod
    def clear(cls) -> None:
        cls._open.clear()
