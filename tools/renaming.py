"""What a rename does to the text of a file: which words name the package or the project, and which only look like it.

A package's name is an English word as well ("a dogpile backend"), so it is replaced where its surroundings say that it is
the package. The project's own name is replaced wherever it stands as a word, in lower case, capitals or as a title.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch

KEPT = (  # path, words of a line, why the line stays as it is
    ("CHANGELOG.md", "", "it is the history of the template"),
    ("docs/UPGRADING.md", "", "it speaks of the template"),
    ("docs/adr/0007-update-by-tree.md", "", "it does so as well"),
    ("LICENSE", "", "those who wrote the template keep their copyright"),
    ("packages/*", "", "they are products of their own"),
    ("pyproject.toml", "[tool.touchstone]", "it records which state of the template this has"),  # upstream's name
    ("*tools/*.py", "# upstream", "the tools and their tests have to know the template's names"),
)
PACKAGES = (
    "balancer",
    "mdt",
    "faultlab",
    "testdb",
)  # distributions of their own, whose names begin with the template's in any clone
Replacement = tuple[re.Pattern[str], str]
SCRIPTS = ("Makefile", "Dockerfile*", "*.sh", ".ci/*", "*.yml", "*.yaml", ".env*", ".dockerignore", ".gitignore")


@dataclass(frozen=True, slots=True)
class Names:
    """What a project and its package are called."""

    project: str
    package: str

    @property
    def title(self) -> str:
        return " ".join(part.capitalize() for part in self.project.split("_"))


ORIGIN = Names("touchstone", "backend")  # upstream's names


@dataclass(frozen=True)
class Renaming:
    """From `old` to `new`, in a tree whose package holds `parts` (core, modules, ...) and has modules of the clone's `own`."""

    old: Names
    new: Names
    parts: frozenset[str]
    own: frozenset[str] = frozenset()

    def tree(self, files: Mapping[str, bytes]) -> dict[str, bytes]:
        """The same files under their new paths with their new texts."""
        return {self.path(path): self.content(path, content) for path, content in files.items()}

    def path(self, path: str) -> str:
        """The new path of a file."""
        first, *rest = path.split("/")
        if first == "packages":
            return path
        moved = [self.new.package if first == self.old.package and rest else first, *rest]
        return "/".join(_word(self.old.project).sub(self.new.project, part) for part in moved)

    def content(self, path: str, content: bytes) -> bytes:
        """Its new content; a file that is no UTF-8 text stays as it is."""
        try:
            text = content.decode()
        except UnicodeDecodeError:
            return content
        patterns = [*self._package_patterns(path), *self._project_patterns(path)]
        return "".join(_line(path, line, patterns) for line in text.splitlines(keepends=True)).encode()

    def left(self, files: Mapping[str, bytes]) -> list[str]:
        """`path:line: text` of what still says an old name, in files that are renamed already, but for `KEPT`."""
        package = rf"\b{re.escape(self.old.package)}\b"
        words = re.compile(rf"{package}|{_word(self.old.project).pattern}", re.IGNORECASE)
        found = [(path, number, line) for path, number, line in _lines(files) if words.search(line)]
        return [f"{path}:{number}: {line}" for path, number, line in found if not _kept(path, line)]

    def _package_patterns(self, path: str) -> list[Replacement]:
        name, part = re.escape(self.old.package), "|".join(sorted(map(re.escape, self.parts)))
        patterns = [
            rf"(?<![\w.]){name}(?=\.({part}|create_app|__\w+__)\b)",  # backend.core.db
            rf"(?<![\w.-]){name}(?=/(({part})\b|[*<\s`'\",)]|$))",  # backend/core, backend/
            rf"(?<=\bfrom ){name}(?=(\.[\w.]+)? import\b)",
            rf"(?<=\bimport ){name}(?=[\s.;,\"'`]|$)",
            rf"(?<=--app[ =]){name}\b(?![.-])",
            rf"(?<=COVERAGE=\"){name}(?=\")",
            rf"(?<=--cov[ =]){name}\b(?![.-])",
            rf"(?<=\"--app\", \"){name}(?=\")",
            rf"(?<=Flask\(\"){name}(?=\")",
            rf"(?<=/ \"){name}(?=\")",  # ROOT / "backend"
            rf"(?<=`){name}(?=`)",
            rf"(?<=/app/){name}\b",  # in the image
            rf"\b{name}(?=\[\./\])",  # a pattern of paths and dotted names
        ]
        if path == "pyproject.toml":
            patterns.append(rf"(?<=\"){name}(?=\")")
        if path.startswith("tests/container/"):
            patterns.append(rf"(?<=  \"){name}(?=\",$)")  # one of the files of the image
        if any(fnmatch(path, script) for script in SCRIPTS):
            patterns.append(rf"(?<![\w.-]){name}(?![\w-])")
        return [(re.compile(pattern), self.new.package) for pattern in patterns]

    def _project_patterns(self, path: str) -> list[Replacement]:
        if self.old != ORIGIN and self._own_business(path):
            return []
        pairs = {
            self.old.title: self.new.title,
            self.old.project.upper(): self.new.project.upper(),
            self.old.project: self.new.project,
        }
        return [(_word(old), new) for old, new in pairs.items()]

    def _own_business(self, path: str) -> bool:
        """Whether a word there that happens to be the project's is more likely a table or a route of the clone's own."""
        folders = (f"{self.old.package}/modules", "tests/unit", "tests/integration")
        places = tuple(f"{folder}/{module}/" for folder in folders for module in self.own)
        return path.startswith((*places, "migrations/versions/"))


def _line(path: str, line: str, patterns: list[Replacement]) -> str:
    if _kept(path, line):
        return line
    for pattern, new in patterns:
        line = pattern.sub(new, line)
    return line


def _kept(path: str, line: str) -> bool:
    return any(fnmatch(path, where) and words in line for where, words, _ in KEPT)


def _word(word: str) -> re.Pattern[str]:
    """The word between anything but letters: `touchstone_test`, `touchstone-api`, but not `touchstones`, nor a package's name."""
    return re.compile(rf"(?<![A-Za-z]){re.escape(word)}(?![A-Za-z]|[-_]({'|'.join(PACKAGES)})\b)")


def _lines(files: Mapping[str, bytes]) -> Iterator[tuple[str, int, str]]:
    for path, content in files.items():
        try:
            lines = content.decode().splitlines()
        except UnicodeDecodeError:
            continue
        yield from ((path, number, line.strip()) for number, line in enumerate(lines, 1))
