"""Finds the recorded call that answers a request: in the recorded order, or the first unused one that fits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mdt.engine.answers import Forward
from mdt.engine.call import Call
from mdt.engine.messages import Answered, Passthrough, PassthroughListener, Request
from mdt.engine.session import Session
from mdt.errors import NoAnswerError
from mdt.language import Words, _, listed
from mdt.recording.comparison import Comparison, Difference
from mdt.recording.fitting import Asked, Binding, asked, credentials_fit, differences, recorded
from mdt.recording.inference import path_of, templates, volatile_fields
from mdt.recording.model import Recording
from mdt.recording.overlay import PlainDispatcher, PlayedRoute
from mdt.recording.replies import reply_of

SHOWN = 3  # differences that a report shows


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """How a recording of `service`, which lives at `base`, is played; `differs` hears of each comparison."""

    service: str
    mode: str
    base: str
    same: bool  # `base` is the service's own url
    repeat: bool
    timing: bool
    differs: Callable[[Difference | None], None]


@dataclass(slots=True)
class ReplayState:
    """What one session has played: how often each call was used, and the values behind the pseudonyms."""

    used: list[int]
    binding: Binding = field(default_factory=Binding)

    @property
    def played(self) -> int:
        return sum(self.used)


class ReplayDispatcher(PlainDispatcher):
    def __init__(self, options: ReplayOptions, recording: Recording) -> None:
        super().__init__(Path(recording.file))
        self.description = str(_("replays {session}", session=recording.session))
        self._options = options
        self._calls = recording.calls
        self._asked = [recorded(call.request) for call in recording.calls]
        self._templates = templates(map(path_of, recording.calls))
        self._volatile = volatile_fields(recording.calls)
        self._forward = Forward(options.base, same=options.same)
        labels = dict.fromkeys(f"{call.request.method} {self._templates[path_of(call)]}" for call in self._calls)
        self.routes = tuple(PlayedRoute(label, self.file) for label in labels)

    def find(self, method: str, path: str) -> tuple[PlayedRoute, dict[str, str]]:
        return PlayedRoute(f"{method} {self._templates.get(path, path)}", self.file), {"": path}

    def state(self, session: Session) -> ReplayState:
        return ReplayState([0] * len(self._calls))

    def answer(self, route: PlayedRoute, path: Mapping[str, str], request: Request, session: Session) -> Answered:
        state: ReplayState = session.state.setdefault(self._options.service, self.state(session))
        given = asked(request, path[""])
        if self._options.mode == "strict":
            return self._played(self._next(given, state), state)
        if self._options.mode == "match":
            return self._played(self._fitting(given, state), state)
        try:
            number = self._fitting(given, state)
        except NoAnswerError:
            return self._real(request, session, path[""], None)
        if self._options.mode == "spy":
            return self._played(number, state)
        state.used[number] += 1
        return self._real(
            request, session, path[""], Comparison(self._options.differs, self._calls[number], self._volatile)
        )

    def _real(
        self, request: Request, session: Session, below: str, listener: PassthroughListener | None
    ) -> Passthrough:
        if listener is None and self._options.mode == "diff":
            self._options.differs(Difference(f"{request.method} {below}", (str(_("it was not recorded")),)))
        forwarded = self._forward.outcome(Call(request, session, below, {}, {}, 1))
        return Passthrough(forwarded.url, listener, self._options.base)  # type: ignore[union-attr]

    def _played(self, number: int, state: ReplayState) -> Answered:
        state.used[number] += 1
        call = self._calls[number]
        return reply_of(call.answer, call.took if self._options.timing else 0.0)

    def _next(self, given: Asked, state: ReplayState) -> int:
        """The call whose turn it is. Raises NoAnswerError."""
        number = state.played
        if number == len(self._calls):
            raise NoAnswerError(
                _("All {count} calls of the recording are played already; this is one more.", count=number)
            )
        binding, wrong = self._tried(number, given, state)
        if wrong:
            call = self._calls[number].request
            raise NoAnswerError(
                _(
                    "Call {number} of {count} of the recording is {method} {path} (line {line}), and this is another: {places}",
                    number=number + 1,
                    count=len(self._calls),
                    method=call.method,
                    path=call.path,
                    line=self._calls[number].line,
                    places=listed(wrong[:SHOWN]),
                )
            )
        state.binding = binding
        return number

    def _tried(self, number: int, given: Asked, state: ReplayState) -> tuple[Binding, list[str]]:
        """The binding with which the call fits, or where it differs."""
        wrong: list[str] = []
        for loose in (False, True):
            binding = state.binding.copy()
            wrong = list(differences(self._asked[number], given, binding, loose=loose))
            if not wrong:
                break
        return binding, wrong

    def _fitting(self, given: Asked, state: ReplayState) -> int:
        """The first unused call that fits, best one with the same credentials. Raises NoAnswerError with the reason."""
        for loose in (False, True):
            found = self._that_fit(given, state, loose=loose)
            if found:
                return self._unused(found, given, state)
        raise NoAnswerError(self._closest(given, state))

    def _that_fit(self, given: Asked, state: ReplayState, *, loose: bool) -> list[tuple[int, Binding]]:
        found = []
        for number, known in enumerate(self._asked):
            binding = state.binding.copy()
            if known.method == given.method and not list(differences(known, given, binding, loose=loose)):
                found.append((number, binding))
        own = [(number, binding) for number, binding in found if credentials_fit(self._asked[number], given, binding)]
        return own or found

    def _unused(self, found: list[tuple[int, Binding]], given: Asked, state: ReplayState) -> int:
        fresh = [one for one in found if not state.used[one[0]]]
        may_repeat = self._options.repeat or self._calls[found[-1][0]].answer.fault  # clients try again by themselves
        if not fresh and not may_repeat:
            count = len(found)
            raise NoAnswerError(
                _(
                    "{method} {path} was recorded with this request, but answer {number} of {count} is already used. Allow "
                    "repeating, or record more calls.",
                    method=given.method,
                    path=given.path,
                    number=count,
                    count=count,
                )
            )
        number, state.binding = fresh[0] if fresh else found[-1]
        return number

    def _closest(self, given: Asked, state: ReplayState) -> Words:
        """Why no recorded call fits: those of the same path with what differs, else that there is none."""
        tries = [(number, self._tried(number, given, state)[1]) for number in range(len(self._asked))]
        same = [(len(wrong), number, wrong) for number, wrong in tries if not any(" → /" in one for one in wrong)]
        same = [one for one in same if self._asked[one[1]].method == given.method]
        if not same:
            return _("{method} {path} was not recorded.", method=given.method, path=given.path)
        _count, number, wrong = min(same)
        return _(
            "{method} {path} was recorded {count} times, but not with this request. The closest is in line {line}: {places}",
            method=given.method,
            path=given.path,
            count=len(same),
            line=self._calls[number].line,
            places=listed(wrong[:SHOWN]),
        )
