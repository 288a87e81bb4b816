"""A derived table of the numbers 0 to 99,999, to fill a table of MySQL in one statement: `SELECT n FROM {NUMBERS} WHERE n < 10`."""

_DIGIT = "(SELECT 0 AS n " + " ".join(f"UNION ALL SELECT {digit}" for digit in range(1, 10)) + ")"
_PLACES = ", ".join(f"{_DIGIT} {place}" for place in "abcde")
NUMBERS = f"(SELECT a.n + 10*b.n + 100*c.n + 1000*d.n + 10000*e.n AS n FROM {_PLACES}) numbers"
