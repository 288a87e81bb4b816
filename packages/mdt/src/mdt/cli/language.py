"""What the command line says, in the language that is spoken: mdt.language decides which."""

from mdt.cli import texts
from mdt.language import LANGUAGES, Message, choose, from_environment, language, speaking

__all__ = ["LANGUAGES", "TEXTS", "choose", "from_environment", "in_language", "language", "say"]
TEXTS = texts.TEXTS


def say(key: str, /, **values: object) -> str:
    """The text in the language that is spoken, filled in."""
    return str(Message(TEXTS[key], values))


def in_language(name: str, key: str, /, **values: object) -> str:
    with speaking(name):
        return say(key, **values)
