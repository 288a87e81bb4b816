"""Checks the Chinese texts: every text of the sources is translated, with the same {names}, and no other is.

python scripts/check_texts.py             what is wrong, and exit code 1; nothing when all is well
python scripts/check_texts.py --update    takes new texts into the .po file and obsolete ones out, and compiles it
"""

import string
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

HEADER = ('"Language: ', '"Plural-Forms: ', '"MIME-Version: ', '"Content-')  # the rest would change with each update
PACKAGE = Path(__file__).resolve().parents[1]
TEXTS = PACKAGE / "src" / "mdt" / "locale" / "zh" / "LC_MESSAGES" / "mdt.po"


def extracted(package: Path = PACKAGE) -> Catalog:
    """The texts of the sources, with the files that say them."""
    found = Catalog(project="mdt", charset="utf-8")
    with (package / "babel.cfg").open(encoding="utf-8") as config:
        methods, options = parse_mapping_cfg(config)
    for file, _, text, _, _ in extract_from_dir(str(package), methods, options, strip_comment_tags=True):
        found.add(text, locations=[(file.replace("\\", "/"), 0)])
    return found


def translated(file: Path = TEXTS) -> Catalog:
    with file.open("rb") as texts:
        return read_po(texts, locale="zh", abort_invalid=True)


def names(text: str) -> set[str]:
    """The {names} of a text with their conversions. Raises ValueError when its braces make no sense."""
    return {f"{name}!{conversion}" for _, name, _, conversion in string.Formatter().parse(text) if name is not None}


def problems(source: Catalog, chinese: Catalog) -> Iterator[str]:
    wanted = {str(one.id) for one in source if one.id}
    there = {str(one.id): one for one in chinese if one.id}
    yield from (f"not in the .po file: {text!r}" for text in sorted(wanted - there.keys()))
    yield from (f"in the .po file, but in no source: {text!r}" for text in sorted(there.keys() - wanted))
    for text, one in sorted(there.items()):
        if not one.string or one.fuzzy:
            yield f"not translated: {text!r}"
        elif names(text) != names(str(one.string)):
            yield f"other names than the English text: {text!r}"


def update() -> None:
    """Keeps the order of the sources, so that texts of one file stand together."""
    chinese, source = translated(), extracted()
    chinese.update(source, no_fuzzy_matching=True)
    chinese.obsolete.clear()
    written = BytesIO()
    write_po(written, chinese, width=110, sort_by_file=True, include_lineno=False)
    head, _, texts = written.getvalue().decode().partition("\n\n")
    kept = [line for line in head.splitlines() if not line.startswith('"') or line.startswith(HEADER)]
    TEXTS.write_text("\n".join(kept) + f"\n\n{texts}", encoding="utf-8")


def compile_texts() -> None:
    """Two at once do no harm: each replaces the file as a whole."""
    compiled = BytesIO()
    write_mo(compiled, translated())
    with NamedTemporaryFile(dir=TEXTS.parent, delete=False) as file:
        file.write(compiled.getvalue())
    Path(file.name).replace(TEXTS.with_suffix(".mo"))


def main(words: list[str]) -> int:
    if words == ["--update"]:
        update()
        compile_texts()
    found = list(problems(extracted(), translated()))
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
