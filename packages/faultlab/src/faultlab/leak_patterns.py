"""Patterns of internals that no answer may show: the database, its driver, SQL, a stack trace, an error's number."""

import re
from collections.abc import Iterable, Sequence

CODES = (  # of interrupted, refusing and conflicting databases, as drivers put them in parentheses
    "1020|1040|1045|1053|1062|1080|1129|1135|1152|1203|1205|1213|1226|1290|1317|1792|1836|1874|1927|1969"
    "|2002|2003|2005|2006|2013|2014|2045|2055|3024|4031"
)
STATES = "HY000|(?:08|25|40|53|55|57)[0-9A-Z]{3}"  # SQLSTATEs of the same
LIBRARIES = (
    "sqlalchemy|pymysql|psycopg[23]?|mysqldb|mysqlclient|mysql|mariadb|innodb|postgres|postgresql|libpq|pg_[a-z]+|sqlite3?"
    "|sqlstate|dbapi"
)
PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?i)\b(?:{LIBRARIES})\b",
        r"\b(?:Operational|Integrity|Programming|Interface|Internal|Database)Error\b",
        r"\b(?:INSERT\s+INTO|DELETE\s+FROM|SELECT\b[^;]{1,500}?\bFROM|(?:ALTER|CREATE|DROP|LOCK)\s+TABLE)\s+[\w`\".]+",
        r"\bUPDATE\s+[\w`\".]+\s+SET\b",
        r"\bTraceback \(most recent call last\)",
        r"\bFile \"[^\"]+\", line \d+",
        rf"\((?:{CODES})\b",
        r"\[Errno \d+\]",
        rf"\((?:{STATES})\)",
    )
)
LONGEST = 60  # characters of a find that are told


def shown(texts: Iterable[str], secrets: Sequence[str] = ()) -> list[str]:
    """What was found, each once, cut to 60 characters; secrets as they are."""
    found: dict[str, None] = {}
    for text in texts:
        found |= dict.fromkeys(match.group()[:LONGEST] for one in PATTERNS for match in one.finditer(text))
        found |= dict.fromkeys(secret for secret in secrets if secret and secret in text)
    return list(found)
