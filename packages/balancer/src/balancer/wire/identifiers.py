"""Ids in the vendors' form: a prefix and 24 hexadecimal digits, random or drawn from a seed."""

import hashlib
import secrets


def identifier(prefix: str, seed: bytes | None = None) -> str:
    """`prefix` and 24 digits; the same for the same seed, random without one."""
    return prefix + (secrets.token_hex(12) if seed is None else hashlib.sha256(seed).hexdigest()[:24])
