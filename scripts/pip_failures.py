"""Turns the log of a failed pip into a message: what is wrong, what to do, and the log's end."""

import re
import sys
from pathlib import Path

TAIL = 12
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
NETWORK = (
    "NewConnectionError|ConnectTimeout|ReadTimeout|name resolution|ProxyError|Connection refused|Network is unreachable"
)
NO_ANSWER = """The package index did not answer.
Check the network and the proxy, or name a mirror: PIP_INDEX_URL=https://... make run"""
NO_TRUST = """The package index's certificate is not trusted here.
Behind a company's proxy: PIP_CERT=/path/to/its-ca.pem make run"""
NO_WHEEL = """There is no ready-made {package} for Python {version} on this machine, and nothing is compiled here.
Take another Python (make run PYTHON=/path/to/python3.12), or build that one with a compiler of your own:
  .venv/bin/python -m pip install '{package}'"""
WRONG_HASH = """A downloaded package is not the one that was pinned.
Try again without pip's cache: PIP_NO_CACHE_DIR=1 make run"""

CAUSES = (
    (NETWORK, NO_ANSWER),
    ("SSLError|CERTIFICATE_VERIFY_FAILED", NO_TRUST),
    ("No space left on device", "The disk is full."),
    ("DO NOT MATCH THE HASHES", WRONG_HASH),
    (r"No matching distribution found for (?P<package>\S+)", NO_WHEEL),
)


def explain(log: Path) -> str:
    """The message: the first cause in the table that the log shows, and the last lines of the log."""
    text = log.read_text(errors="replace")
    tail = "\n".join("  " + line for line in text.splitlines()[-TAIL:])
    return f"The packages could not be installed. {cause(text)}\nThe end of {log}:\n{tail}"


def cause(text: str) -> str:
    """What went wrong and what to do, or nothing if the log shows no known cause."""
    for pattern, advice in CAUSES:
        if match := re.search(pattern, text):
            return advice.format(version=VERSION, **match.groupdict())
    return ""
