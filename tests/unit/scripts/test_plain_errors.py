"""What a person can put right is one message and exit 2; everything else stays an error with its traceback."""

import pytest

from backend.core.settings import SettingsError
from scripts.plain_errors import run_plainly
from tests.framework.tables import table


@table(
    "error, code, said",
    {
        "settings": (SettingsError(["PORT=x: no number"]), 2, "PORT=x: no number"),
        "a folder of somebody else": (
            PermissionError(13, "Permission denied", "var/setup"),
            2,
            "Permission denied: var/setup",
        ),
        "Ctrl-C": (KeyboardInterrupt(), 130, ""),
    },
)
def test_it_ends_with_its_code_and_a_message(capsys, error, code, said):
    def main():
        raise error

    with pytest.raises(SystemExit) as ended:
        run_plainly(main)

    assert ended.value.code == code
    assert said in capsys.readouterr().err


def test_a_mistake_of_the_code_is_shown_whole():
    with pytest.raises(ZeroDivisionError):
        run_plainly(lambda: 1 / 0)
