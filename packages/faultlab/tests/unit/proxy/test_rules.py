"""A rule that makes no sense is refused where it is written, and says why."""

import pytest

from faultlab.proxy import At, How, Proxy, Rule

EVERY = [(at, how) for at in At for how in How]
NEEDED = {How.SLOW: {"seconds": 0.1}, How.ERROR: {"error": 1213}}
SENSELESS = [(At.AFTER, How.CUT), (At.AFTER, How.HOLD)]


@pytest.mark.parametrize(("at", "how"), [pair for pair in EVERY if pair not in SENSELESS])
def test_every_how_has_a_meaning_at_every_moment(at, how):
    rule = Rule(at, how, **NEEDED.get(how, {}))

    assert (rule.times, rule.seconds, rule.count, rule.then) == (1, NEEDED.get(how, {}).get("seconds", 0), 0, None)


@pytest.mark.parametrize(("at", "how"), SENSELESS)
def test_but_what_is_over_cannot_be_held_or_cut(at, how):
    with pytest.raises(ValueError, match=f"rule {how} at after: there is nothing to "):
        Rule(at, how)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"statement": "("}, "`statement` is no regular expression: missing "),
        ({"after_write": "*"}, "`after_write` is no regular expression: nothing to repeat"),
        ({"times": 0}, "`times` must be 1 or more, or None for every time"),
        ({"seconds": -1}, "cannot be negative"),
        ({"count": -1}, "cannot be negative"),
        ({"how": How.SLOW}, "SLOW needs `seconds`"),
        ({"how": How.ERROR}, "ERROR needs `error`"),
    ],
)
def test_what_is_wrong_is_said(wrong, reason):
    with pytest.raises(ValueError, match=r"^rule (reset|slow|error) at before: ") as caught:
        Rule(**{"at": At.BEFORE, "how": How.RESET} | wrong)

    assert reason in str(caught.value)


@pytest.mark.parametrize(("protocol", "code"), [("mysql", "40P01"), ("postgresql", 1213)])
def test_an_error_of_the_other_protocol_is_refused(protocol, code):
    proxy = Proxy(protocol, "127.0.0.1", 1)

    with pytest.raises(ValueError, match=f"`error` of a rule for {protocol} is "):
        proxy.arm(Rule(At.BEFORE, How.RESET), Rule(At.BEFORE, How.ERROR, error=code))


def test_a_protocol_that_is_not_known_is_refused():
    with pytest.raises(ValueError, match="unknown protocol 'oracle': one of mysql, postgresql"):
        Proxy("oracle", "127.0.0.1", 1)


def test_a_proxy_that_does_not_run_says_so():
    proxy = Proxy("mysql", "127.0.0.1", 1)

    for ask in (lambda: proxy.port, proxy.heal, proxy.refuse, proxy.connections):
        with pytest.raises(RuntimeError, match=r"the proxy does not run: start\(\) it first"):
            ask()
    assert proxy.firings() == []
    proxy.stop()


def test_a_strike_that_needs_a_moment_is_refused():
    with pytest.raises(ValueError, match=r"strike\(hold\): only reset, fin, stall"):
        Proxy("mysql", "127.0.0.1", 1).strike(How.HOLD)
