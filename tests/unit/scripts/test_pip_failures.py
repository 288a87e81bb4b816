"""What pip could not do is told in words that help, with the end of its log."""

import pytest

from scripts import pip_failures

RETRY = "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(...)': /simple/orjson/\n"
NO_MATCH = "ERROR: No matching distribution found for orjson==3.13.0\n"


@pytest.mark.parametrize(
    ("log", "words"),
    [
        (RETRY + NO_MATCH, "did not answer"),
        (NO_MATCH, "no ready-made orjson==3.13.0"),
        ("ERROR: [Errno 28] No space left on device\n", "disk is full"),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]'))\n", "PIP_CERT"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.\n", "PIP_NO_CACHE_DIR"),
    ],
)
def test_the_cause_is_named(log, words):
    assert words in pip_failures.cause(log)


def test_an_unknown_cause_still_shows_the_end_of_the_log(tmp_path):
    log = tmp_path / "install.log"
    log.write_text("".join(f"line {number}\n" for number in range(100)))

    message = pip_failures.explain(log)

    assert "line 99" in message
    assert "line 50" not in message
    assert str(log) in message
