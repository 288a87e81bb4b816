"""What holds of every answer: a broken one is seen."""

from tests.framework.generated_checks import tells_insides
from tests.framework.tables import every, words

TELLING = [
    "Traceback (most recent call last)",
    'File "x.py", line 1',
    "select 1",
    "INSERT INTO x",
    "UPDATE x SET y",
    "FROM users",
    "at 0x7f1234567890",
    "<function object",
    *words(
        "/lib/site-packages/x backend.core backend/core SQLAlchemy (pymysql.err) sqlite3 werkzeug pydantic_core jsonschema"
    ),
]
HARMLESS = ["", "The request is not valid.", "selected", "updated", "0x1", "your server", "an object"]


def test_insides_are_seen_wherever_they_are():
    def seen(text):
        assert tells_insides(f"{'x' * 100} {text} x")

    every(TELLING, seen)


def test_plain_words_are_no_insides():
    def unseen(text):
        assert not tells_insides(text)

    every(HARMLESS, unseen)
