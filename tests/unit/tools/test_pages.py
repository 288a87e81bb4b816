"""Pages: every link of ours leads to a file, and what goes takes the links to it along."""

from pathlib import PurePosixPath

from backend.core.settings import ROOT
from tests.framework.tables import table
from tools import pages, tree


def dangling(root):
    """Links of the project's pages to files that are not there, with the page."""
    found = [path for path in tree.paths(root) if path.endswith(".md")]
    return [
        f"{path}: {target}"
        for path in found
        for target in pages.targets(path, (root / path).read_text(encoding="utf-8"))
        if not (root / target).exists()
    ]


def test_every_link_leads_to_a_file():
    assert dangling(ROOT) == []


@table(
    "text, left",
    [
        ("See [the page](gone.md) and [another](kept.md).", "See the page and [another](kept.md)."),
        ("[how](gone.md#part) it works", "how it works"),
        ("It is kept ([how](gone.md)). Next", "It is kept. Next"),
        ("It is kept\n([how](gone.md)). Next", "It is kept. Next"),
        ("它只付一次（[原理](gone.md)）。", "它只付一次。"),
        ("It is kept ([how](gone.md), and [why](kept.md)).", "It is kept (how, and [why](kept.md))."),
        ("[gone](https://example.com/docs/gone.md) (gone.md)", "[gone](https://example.com/docs/gone.md) (gone.md)"),
        ("[up](../docs/gone.md) [aside](sub/gone.md) [top](../gone.md)", "up [aside](sub/gone.md) [top](../gone.md)"),
        ("Before\n\n![A picture](gone.md)\n\nAfter", "Before\n\n\n\nAfter"),
        ("([how](kept.md))", "([how](kept.md))"),
    ],
)
def test_links_to_what_goes_become_text(text, left):
    gone = PurePosixPath("docs/gone.md")

    assert pages.unlinked("docs/page.md", text, lambda target: target == gone) == left
