"""Names: of scenarios by status, of examples, of parameters in paths."""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote

STATUS_NAMES: Mapping[int, str] = {
    200: "ok",
    201: "created",
    202: "accepted",
    203: "nonAuthoritative",
    204: "noContent",
    205: "resetContent",
    206: "partialContent",
    207: "multiStatus",
    300: "multipleChoices",
    301: "movedPermanently",
    302: "found",
    303: "seeOther",
    304: "notModified",
    307: "temporaryRedirect",
    308: "permanentRedirect",
    400: "badRequest",
    401: "unauthorized",
    402: "paymentRequired",
    403: "forbidden",
    404: "notFound",
    405: "methodNotAllowed",
    406: "notAcceptable",
    408: "requestTimeout",
    409: "conflict",
    410: "gone",
    412: "preconditionFailed",
    413: "contentTooLarge",
    415: "unsupportedMediaType",
    422: "validationError",
    423: "locked",
    424: "failedDependency",
    428: "preconditionRequired",
    429: "rateLimited",
    500: "serviceError",
    501: "notImplemented",
    502: "badGateway",
    503: "unavailable",
    504: "gatewayTimeout",
    507: "insufficientStorage",
}
RANGES: Mapping[
    str, tuple[str, tuple[int, ...]]
] = {  # the scenario, and the statuses of which the first free one is answered
    "2XX": ("ok", (200, 201, 202)),
    "3XX": ("redirect", (302, 303, 307)),
    "4XX": ("clientError", (400, 409, 422, 418)),
    "5XX": ("serverError", (500, 503, 502, 504)),
    "default": ("default", (500, 503, 502, 504, 400, 409, 422, 418)),
}
MAX_NAME = 64
_UNSAFE = re.compile(r"[^A-Za-z0-9]+")
_NOT_IN_PATH = re.compile(r"[\s\x00-\x1f\x7f]")
_NOT_IDENTIFIER = re.compile(r"\W+", re.ASCII)


def status_of(written: str, declared: Iterable[str] = ()) -> int:
    """The status that is answered for what the document declares: for a range or `default` one that nothing else describes."""
    if written not in RANGES:
        return int(written)
    statuses = RANGES[written][1]
    others = set(declared) - {written, "default"}
    free = (one for one in statuses if not {str(one), f"{one // 100}XX"} & others)
    return next(free, statuses[0])


def status_name(written: str) -> str:
    if written in RANGES:
        return RANGES[written][0]
    return STATUS_NAMES.get(int(written), f"status-{written}")


def scenario_name(base: str, example: str, taken: Iterable[str]) -> str:
    """`success-<example>`, in the letters of a scenario, other than those that are there."""
    part = _UNSAFE.sub("-", example).strip("-") or "example"
    return unique(f"{base}-{part}"[:MAX_NAME].rstrip("-"), taken)


def unique(name: str, taken: Iterable[str]) -> str:
    """The name, with a number if one that differs in nothing but case and dashes is taken."""
    folded = {_folded(one) for one in taken}
    found, count = name, 1
    while _folded(found) in folded:
        count += 1
        found = f"{name[: MAX_NAME - 3].rstrip('-')}-{count}"
    return found


class Stems:
    """Beginnings of file names, each once, on disks that know no case too."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, stem: str) -> str:
        found, count = stem, 1
        while found.lower() in self._taken:
            count += 1
            found = f"{stem}-{count}"
        self._taken.add(found.lower())
        return found


def _folded(name: str) -> str:
    return re.sub(r"[-_]", "", name).lower()


def route_path(path: str) -> tuple[str, dict[str, str]]:
    """The path as definitions write it, and the query that it demands: /a?Action=b is /a with Action.

    Names of parameters become identifiers, each other than the others; parameters that touch become one.
    """
    bare, _mark, query = path.partition("#")[0].partition("?")
    seen: set[str] = set()

    def renamed(found: re.Match[str]) -> str:
        name = _NOT_IDENTIFIER.sub("_", found[1].split(":")[0]).strip("_") or "value"
        name = wanted = f"p{name}" if name[0].isdigit() else name
        count = 1
        while name in seen:
            count += 1
            name = f"{wanted}{count}"
        seen.add(name)
        return f"{{{name}}}"

    shown = re.sub(r"\{([^{}]*)\}", renamed, re.sub(r"(\{[^{}]*\})(\{[^{}]*\})+", r"\1", bare))
    pairs = (part.partition("=") for part in query.split("&") if "{" not in part and part.partition("=")[2])
    return _NOT_IN_PATH.sub(lambda found: quote(found[0]), shown), {name: value for name, _is, value in pairs}


def service_name(title: str) -> str:
    """A name of a service from a title or a file: inventory-api."""
    name = _UNSAFE.sub("-", title).strip("-").lower()[:MAX_NAME].strip("-")
    return name if name and name[0].isalpha() else f"service-{name}".rstrip("-")[:MAX_NAME]


def variable(service: str) -> str:
    """The environment variable with the service's URL: INVENTORY_API_URL."""
    return _UNSAFE.sub("_", service).upper() + "_URL"


def file_stem(method: str, path: str, operation_id: str) -> str:
    """The beginning of the names of an operation's files."""
    found = _UNSAFE.sub("-", operation_id or f"{method.lower()} {path}").strip("-")
    return found[:80].strip("-") or "operation"
