"""What the web page says, by the names that its script uses."""

from mdt.language import LANGUAGES, Message, _, speaking

TEXTS: dict[str, Message] = {
    "session": _("Session"),
    "all": _("All sessions"),
    "reset": _("Reset"),
    "services": _("Services"),
    "calls": _("Live calls"),
    "time": _("Time"),
    "request": _("Request"),
    "scenario": _("Scenario"),
    "outcome": _("Answer"),
    "onlyUnmatched": _("unmatched only"),
    "pause": _("Pause"),
    "resume": _("Resume"),
    "filterCalls": _("Filter: path, service, scenario, status"),
    "filterServices": _("Filter services"),
    "live": _("live"),
    "lost": _("no connection, trying again"),
    "noCalls": _("No call yet. Send one to a service of this server:"),
    "noMatch": _("No call fits the filter."),
    "noServices": _("There are no services. Write one under mocks/."),
    "unmatched": _("unmatched"),
    "passthrough": _("passed on"),
    "compositions": _("Compositions"),
    "close": _("Close"),
    "reply": _("Answer"),
    "file": _("Written in"),
    "route": _("Route"),
    "delay": _("Delay"),
    "curl": _("As a curl command"),
    "copy": _("Copy"),
    "copied": _("Copied"),
    "nearMiss": _("Closest route"),
    "none": _("none"),
    "fault": _("Fault"),
    "to": _("Passed on to"),
    "clickClear": _("Back to the default"),
    "clickChoose": _("Play this scenario"),
    "token": _("This server asks for its token (it printed one when it started):"),
    "badFiles": _("The definitions have problems; the last good ones are played."),
    "gone": _("This session is gone; showing the default one."),
    "missed": _("calls were too many to show; reload the page to see the journal"),
    "dark": _("Dark"),
    "light": _("Light"),
    "auto": _("Auto"),
    "cut": _("… cut after 200,000 characters"),
    "loading": _("Loading…"),
    "resetAsk": _("Reset the state, journal, clock and counters of this session?"),
}


def by_language() -> dict[str, dict[str, str]]:
    """The page shows any of them, whatever the server speaks."""
    read = {}
    for name in LANGUAGES:
        with speaking(name):
            read[name] = {key: str(text) for key, text in TEXTS.items()}
    return read
