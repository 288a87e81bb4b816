"""Tells whether the Python that runs this can carry the project: its path, version and home, or exit 1 and the reason.

Older Pythons run this too: no syntax that they cannot read.
"""

import sys
from importlib import import_module

MODULES = ("venv", "ensurepip", "sqlite3", "ssl")
OLDEST = (3, 12)


def problem(version: "tuple[int, ...]", name: str) -> "str | None":
    """The reason why a Python of this version and implementation cannot be used, or None."""
    words = dotted(version)
    if name != "cpython":
        return f"is {name}, not CPython"
    if version[:2] < OLDEST:
        return f"is Python {words}, older than {dotted(OLDEST)}"
    missing = [module for module in MODULES if not can_load(module)]
    if missing:
        return f"is Python {words} without {', '.join(missing)}{advice(missing, version)}"
    return None


def dotted(version: "tuple[int, ...]") -> str:
    """(3, 12, 1) as 3.12.1."""
    return ".".join(str(number) for number in version[:3])


def can_load(module: str) -> bool:
    """True if the module can be imported; a broken one counts as missing."""
    try:
        import_module(module)
    except Exception:  # noqa: BLE001 - whatever it is, this Python lacks the module
        return False
    return True


def advice(missing: "list[str]", version: "tuple[int, ...]") -> str:
    """What brings the missing modules."""
    if "ensurepip" in missing and "ssl" not in missing:
        return f" (Debian, Ubuntu: sudo apt install python{dotted(version[:2])}-venv)"
    return " (it was built without their libraries)"


if __name__ == "__main__":
    reason = problem(tuple(sys.version_info[:3]), sys.implementation.name)
    sys.stdout.write(reason or "\n".join([sys.executable, dotted(tuple(sys.version_info[:3])), sys.base_prefix]))
    sys.exit(1 if reason else 0)
