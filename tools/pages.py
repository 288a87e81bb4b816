"""The project's pages, in Markdown: where their links lead, and how links to what is taken out become text."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from tools import tree
from tools.changes import Changes

LINK = r"(?P<image>!?)\[(?P<text>[^\]]*)\]\((?P<target>[^)#\s]+)(#[^)\s]*)?\)"
LINKS = re.compile(LINK)
ASIDE = re.compile(rf"\s?(\({LINK}\)|（{LINK.replace('?P<', '?P<wide_')}）)")  # a link alone between brackets
Gone = Callable[[PurePosixPath], bool]  # whether a path below the project's root is taken out


def targets(page: str, text: str) -> Iterator[str]:
    """The paths below the root that the page's links lead to; links to other sites are left out."""
    for match in LINKS.finditer(text):
        if "://" not in match["target"] and not match["target"].startswith("mailto:"):
            yield _place(page, match["target"]).as_posix()


def unlinked(page: str, text: str, gone: Gone) -> str:
    """The page's text without links to what is gone: their words stay, pictures and links alone between brackets go."""

    def aside(match: re.Match[str]) -> str:
        return "" if gone(_place(page, match["target"] or match["wide_target"])) else match[0]

    def link(match: re.Match[str]) -> str:
        if not gone(_place(page, match["target"])):
            return match[0]
        return "" if match["image"] else match["text"]

    return LINKS.sub(link, ASIDE.sub(aside, text))


def plan(changes: Changes, gone: Gone, also: Callable[[str], str] = str) -> None:
    """Add the pages that stay and change: `also` first, which is given the text, then their links to what is gone."""
    for path in tree.paths(changes.root):
        if path.endswith(".md") and path not in changes.deletes:
            text = (changes.root / path).read_text(encoding="utf-8")
            changed = unlinked(path, also(text), gone)
            if changed != text:
                changes.write(path, changed)


def _place(page: str, target: str) -> PurePosixPath:
    return PurePosixPath(os.path.normpath(PurePosixPath(page).parent / target))
