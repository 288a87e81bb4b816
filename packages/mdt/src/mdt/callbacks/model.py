"""The parts of a callback: the message that is sent, how it is signed, how often and when it is sent."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from mdt.engine.call import Call


@dataclass(frozen=True, slots=True)
class Message:
    """One HTTP request to the application. Header names are in lower case."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def header(self, name: str) -> str:
        """The value of a header; "" if it is missing."""
        return next((value for own, value in self.headers if own == name), "")

    def with_headers(self, **headers: str) -> "Message":
        """Sets headers; an underscore in a name stands for a dash."""
        return self.setting({name.replace("_", "-"): value for name, value in headers.items()})

    def setting(self, headers: dict[str, str], body: bytes | None = None) -> "Message":
        """Sets headers by their names, and the body if one is given."""
        kept = tuple(pair for pair in self.headers if pair[0] not in headers)
        return Message(self.method, self.url, (*kept, *headers.items()), self.body if body is None else body)


@dataclass(frozen=True, slots=True)
class Moment:
    """What a signature depends on beside the message. `event` is the same for repeats of one callback."""

    now: datetime
    random: Random
    event: str

    @property
    def timestamp(self) -> str:
        """Whole seconds since 1970."""
        return str(int(self.now.timestamp()))

    def token(self, length: int = 32) -> str:
        """A random text of letters and digits."""
        alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
        return "".join(self.random.choices(alphabet, k=length))


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs final bytes. `signature` and `nonce` are the headers that carry them; or, `in_form`, the field of the form."""

    scheme: str
    sign: Callable[[Message, Moment], Message]
    signature: str
    nonce: str = ""  # "" if the scheme has none
    timed: bool = True  # whether the signature covers a time
    in_form: bool = False


@dataclass(frozen=True, slots=True)
class RetryPlan:
    """When a callback that was not accepted is sent again: seconds after the one before. `accepted` reads status and body."""

    name: str
    waits: tuple[float, ...]
    accepted: Callable[[int, bytes], bool]


@dataclass(frozen=True, slots=True, eq=False)
class Callback:
    """One named callback. Times are seconds of the session's clock."""

    name: str  # "payment.success"
    service: str
    method: str
    url: Callable[[str], str]  # of what stands for a missing variable of the environment; raises MdtError
    make: Callable[[Call], Message]  # without address and signature
    signer: Signer | None = None
    tamper: str = ""  # a key of mdt.callbacks.tampering.TAMPERS
    after: float = 0.0
    repeat: int = 1
    every: float = 0.0
    parallel: int = 1
    names: tuple[str, ...] = ()  # others that it sends in its place, one after the other; or at once, if `at_once`
    at_once: bool = False
    retry: RetryPlan | None = None
    description: str = ""
    file: str = ""
    line: int = 0
    demands: tuple[str, ...] = field(default=())  # what lists show: "signed stripe", "×3", "tamper signature"
