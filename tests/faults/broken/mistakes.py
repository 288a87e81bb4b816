"""The mistakes, as a table: what is done wrong, in which case it shows, and which promise it breaks."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.faults.broken import answers, doubts, locks, writes

STEP = "step"  # what breaks is a step of the case, such as the answer that was expected


@dataclass(frozen=True)
class Mistake:
    """`make` builds it into the running process; `case` is where it shows, as a breach of one of `breaks`."""

    make: Callable[[], None]
    case: str
    breaks: frozenset[str]
    schema: tuple[str, ...] = ()
    settings: dict[str, str] = field(default_factory=dict)


def _mistake(
    make: Callable[[], None], case: str, *breaks: str, schema: tuple[str, ...] = (), **settings: str
) -> Mistake:
    return Mistake(make, case, frozenset(breaks), schema, settings)


MISTAKES = {
    # locks and unique keys
    "no-unique-key": _mistake(locks.check_before_insert, "FT-006", "I1", "I2", schema=locks.NO_PAYMENT_KEY),
    "retry-without-key": _mistake(locks.retry_without_key, "FT-002d", "I1", "I2", schema=locks.NO_PAYMENT_KEY),
    "no-unique-key-of-requests": _mistake(locks.keys_alone, "FT-006a", "I2", STEP, schema=locks.NO_REQUEST_KEY),
    "notification-without-lock": _mistake(locks.notification_without_lock, "FT-010a", "I3", "I6"),
    "no-unique-event": _mistake(locks.notification_without_keys, "FT-010b", "I3", "I6", schema=locks.NO_EVENT_KEY),
    "key-of-all-users": _mistake(locks.key_of_all_users, "FT-006c", STEP, "I1"),
    # the order of writes, and what belongs together
    "commit-twice": _mistake(writes.commit_twice, "FT-002f", "I3"),
    "ledger-after-commit": _mistake(writes.ledger_after_commit, "FT-002f", "I3"),
    "outbox-after-commit": _mistake(writes.outbox_after_commit, "FT-002f", "I3"),
    "request-after-commit": _mistake(writes.request_after_commit, "FT-002f", "I3"),
    "event-before-effect": _mistake(writes.event_before_effect, "FT-010c", STEP),
    "autocommit": _mistake(writes.autocommit, "FT-002b", "I3"),
    "no-outbox": _mistake(writes.no_outbox, "FT-001", "I3"),
    "no-request": _mistake(writes.no_request, "FT-001", "I3"),
    "settled-unbooked": _mistake(writes.settled_unbooked, "FT-010a", "I3"),
    "second-charge-swallowed": _mistake(writes.second_charge_swallowed, "FT-010d", "I3", STEP),
    "second-charge-settles": _mistake(writes.second_charge_settles, "FT-010d", "I3", STEP),
    "receivable-left": _mistake(writes.receivable_left, "FT-010c", "I3"),
    "failure-not-reopened": _mistake(writes.failure_not_reopened, "FT-010c", "I3"),
    "later-message-overtakes": _mistake(writes.later_message_overtakes, "FT-011", STEP),
    "one-sided": _mistake(writes.one_sided, "FT-001", "I3"),
    "a-fen-too-many": _mistake(writes.a_fen_too_many, "FT-001", "I3"),
    # the outcome, and doubt
    "select-as-resolver": _mistake(doubts.select_as_resolver, "FT-005", "I4"),
    "always-not-saved": _mistake(doubts.always_not_saved, "FT-002i", "I4"),
    "commit-noticed-too-late": _mistake(doubts.commit_noticed_too_late, "FT-002i", "I4"),
    "commit-error-swallowed": _mistake(doubts.commit_error_swallowed, "FT-002c", "I1"),
    "doubt-as-conflict": _mistake(doubts.doubt_as_conflict, "FT-002i", "I4"),
    # replays and states
    "replay-whatever-was-asked": _mistake(answers.replay_whatever_was_asked, "FT-006a", "I1"),
    "replay-unmarked": _mistake(answers.replay_unmarked, "FT-006", STEP),
    "duplicate-swallowed": _mistake(answers.duplicate_swallowed, "FT-006a", "I3"),
    "never-replayed": _mistake(answers.never_replayed, "FT-001", STEP),
    "state-goes-back": _mistake(answers.state_goes_back, "FT-010", "I6", STEP),
    "failed-is-final": _mistake(answers.failed_is_final, "FT-010c", STEP),
    # waiting
    "pool-as-large-as-threads": _mistake(
        answers.pool_as_large_as_threads, "FT-008", "I7", DB_POOL_SIZE="8", SERVER_THREADS="8", DB_POOL_TIMEOUT="30"
    ),
    "no-read-timeout": _mistake(answers.no_read_timeout, "FT-002g", "I7", DB_READ_TIMEOUT="30"),
    "waits-for-every-outage": _mistake(answers.waits_for_every_outage, "FT-003", "I7"),
    "no-retry": _mistake(answers.no_retry, "FT-002m", STEP, PAYMENT_RETRY_ATTEMPTS="1"),
    # the form: whichever request ends while the connection is gone, a payment (I9) or the liveness probe (I7)
    "teardown-that-raises": _mistake(answers.teardown_that_raises, "FT-002f", "I7", "I9"),
    "insides-shown": _mistake(answers.insides_shown, "FT-002l", "I9"),
    "no-retry-after": _mistake(answers.no_retry_after, "FT-002l", "I9"),
}


def table() -> str:
    """What docs/faults.md says of them."""
    rows = ["| mistake | what is done | found by | as a breach of |", "|---|---|---|---|"]
    for name, mistake in MISTAKES.items():
        what = (mistake.make.__doc__ or "").splitlines()[0]
        of = ", ".join(sorted(mistake.breaks, key=lambda one: (one == STEP, one)))
        rows.append(f"| {name} | {what} | {mistake.case} | {of} |")
    return "\n".join(rows) + "\n"
