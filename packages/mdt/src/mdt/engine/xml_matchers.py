"""Matchers for XML: XPath 1.0, which reads nothing but the document, and equal documents.

Equal documents have the same elements, attributes and texts; prefixes, the order of attributes, comments, and white
space around texts do not count.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mdt.engine.document_matchers import needed
from mdt.engine.matchers import Test, shown
from mdt.engine.messages import MISSING
from mdt.engine.request_parts import parse_xml
from mdt.language import Words, _

type Namespaces = Mapping[str, str]


def xpath(expression: str, namespaces: Namespaces) -> Callable[[Any], list[str]]:
    """Reads the texts of what the expression selects from a root element; a number or a truth is one text.

    Raises ValueError for an invalid expression or an unknown prefix.
    """
    library = needed("elementpath", "elementpath", "xpath")
    try:
        token = library.XPath1Parser(dict(namespaces)).parse(expression)
    except (library.ElementPathError, RecursionError) as error:
        raise ValueError(_("{expression!r} is no XPath: {reason}", expression=expression, reason=error)) from None

    def selected(root: Any) -> list[str]:
        if root is MISSING:
            return []
        try:
            found = token.get_results(library.XPathContext(root))
        except (library.ElementPathError, RecursionError, ArithmeticError):
            return []
        return [_text(one) for one in (found if isinstance(found, list) else [found])]

    return selected


def _text(found: Any) -> str:
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, float):
        return str(int(found)) if found.is_integer() else str(found)
    return "".join(found.itertext()).strip() if hasattr(found, "itertext") else str(found)


def truth(read: Callable[[Any], list[str]]) -> Callable[[Any], list[str]]:
    """For an expression that stands alone: a false one selects nothing."""
    return lambda root: [one for one in read(root) if one != "false"]


@dataclass(frozen=True, slots=True)
class XmlEquals:
    """A document that is equal to `wanted`."""

    wanted: Any
    text: str
    size: int = 1

    def matches(self, root: Any) -> bool:
        return root is not MISSING and next(_differences(self.wanted, root, ""), None) is None

    def mismatches(self, root: Any, at: Words) -> Iterator[Words]:
        if root is MISSING:
            yield _("{at} expected {expected}, got {got}", at=at, expected=_("XML"), got=_("something else"))
        else:
            yield from _differences(self.wanted, root, "")

    def choices(self, at: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
        yield at, (self.wanted,)

    def tests(self, at: str) -> Iterator[tuple[str, Test]]:
        yield at, self.matches


def equal_xml(text: Any) -> XmlEquals:
    if not isinstance(text, str):
        raise ValueError(_("`xml` is a document as text, not {given}", given=shown(text)))  # noqa: TRY004 - of the definition
    needed("defusedxml.ElementTree", "defusedxml", "xml")
    try:
        return XmlEquals(parse_xml(text.strip()), text)
    except (SyntaxError, ValueError) as error:
        raise ValueError(_("this is no XML without a document type: {reason}", reason=error)) from None


def _differences(wanted: Any, got: Any, at: str) -> Iterator[Words]:
    """Goes no deeper than `wanted`, which the definition bounds."""
    at = f"{at}/{_local(wanted.tag)}"
    if wanted.tag != got.tag:
        yield _differs(at, wanted.tag, got.tag)
        return
    yield from _different_attributes(wanted, got, at)
    if _own_texts(wanted) != _own_texts(got):
        yield _differs(at, " ".join(_own_texts(wanted)).strip(), " ".join(_own_texts(got)).strip())
    if len(wanted) != len(got):
        yield _differs(f"count({at}/*)", len(wanted), len(got))
        return
    for child, other in zip(wanted, got, strict=True):
        yield from _differences(child, other, at)


def _different_attributes(wanted: Any, got: Any, at: str) -> Iterator[Words]:
    for name in sorted(wanted.attrib.keys() | got.attrib.keys()):
        one, other = wanted.get(name, MISSING), got.get(name, MISSING)
        if one != other:
            yield _differs(f"{at}/@{_local(name)}", one, other)


def _own_texts(element: Any) -> list[str]:
    """The text before and after each child, without the white space around it."""
    return [(element.text or "").strip(), *((child.tail or "").strip() for child in element)]


def _differs(at: str, wanted: Any, got: Any) -> Words:
    return _("{at} expected {expected}, got {got}", at=at, expected=shown(wanted), got=shown(got))


def _local(tag: str) -> str:
    """The name without its namespace, for reports."""
    return tag.rpartition("}")[2]
