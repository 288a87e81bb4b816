"""faultlab's texts in their reader's language: `_("There is no case {name!r}.", name=name)`; testdb.language tells how it works."""

from pathlib import Path

from testdb.language import LANGUAGES, Joined, Message, Translations, choose, speaking

__all__ = ["LANGUAGES", "Joined", "Message", "_", "choose", "speaking"]

_ = Translations("faultlab", Path(__file__).with_name("locale"), "FAULTLAB_LANG")
