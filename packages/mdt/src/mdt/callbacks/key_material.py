"""RSA keys and certificates for signatures: read from PEM, or made from a seed, the same in each process.

A key that is made from a seed is no secret: whoever knows the seed has it. It is for tests alone. cryptography makes no key
from given random numbers, so the primes are found here (Miller-Rabin, FIPS 186-5 B.3.1 with random bases).
"""

import base64
import hashlib
from datetime import UTC, datetime
from functools import cache, lru_cache
from importlib import import_module
from math import gcd, isqrt, prod
from random import Random
from typing import TYPE_CHECKING, Any

from mdt.errors import MdtError
from mdt.language import _

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
    from cryptography.x509 import Certificate

BITS = 2048
EXPONENT = 65537
ROUNDS = 5  # of Miller-Rabin; enough for random numbers of this size
BEGIN, END = datetime(2024, 1, 1, tzinfo=UTC), datetime(2044, 1, 1, tzinfo=UTC)


def module(name: str) -> Any:
    """A module of cryptography. Raises MdtError without the package."""
    try:
        return import_module(f"cryptography.{name}")
    except ImportError as error:
        raise MdtError(
            _("Signatures with RSA need the package cryptography: pip install 'touchstone-mdt[signatures]'")
        ) from error


@lru_cache(64)
def seeded_key(seed: str) -> "RSAPrivateKey":
    """The private key of this seed. The first time takes about a second."""
    rsa = module("hazmat.primitives.asymmetric.rsa")
    random = Random(hashlib.sha256(seed.encode()).digest())  # noqa: S311 - the same key each time is what it is for
    first = _prime(random)
    second = next(other for other in iter(lambda: _prime(random), None) if other != first)
    p, q = max(first, second), min(first, second)
    d = pow(EXPONENT, -1, (p - 1) * (q - 1) // gcd(p - 1, q - 1))
    public = rsa.RSAPublicNumbers(EXPONENT, p * q)
    numbers = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public)
    return numbers.private_key()  # type: ignore[no-any-return]


@cache
def _small_primes() -> int:
    """The product of the odd primes below 40,000: most numbers share a factor with it, so they need no further test."""
    return prod(
        number for number in range(3, 40_000, 2) if all(number % other for other in range(3, isqrt(number) + 1, 2))
    )


def _prime(random: Random) -> int:
    """A prime of half the key's bits, whose two highest bits are set so that the product has all of them."""
    size = BITS // 2
    while True:
        number = random.getrandbits(size) | 3 << size - 2 | 1
        if gcd(number, _small_primes()) == 1 and (number - 1) % EXPONENT and _is_prime(number, random):
            return number


def _is_prime(number: int, random: Random) -> bool:
    odd = number - 1
    twos = (odd & -odd).bit_length() - 1
    odd >>= twos
    return all(_passes(number, odd, twos, random.randrange(2, number - 1)) for _round in range(ROUNDS))


def _passes(number: int, odd: int, twos: int, base: int) -> bool:
    power = pow(base, odd, number)
    if power in {1, number - 1}:
        return True
    for _square in range(twos - 1):
        power = power * power % number
        if power == number - 1:
            return True
    return False


@lru_cache(64)
def private_key(pem: str) -> "RSAPrivateKey":
    """Reads PEM, or its base64 text alone, as merchants get it. Raises MdtError."""
    return _read(pem, "PRIVATE KEY", lambda data: _serialization().load_pem_private_key(data, None))  # type: ignore[no-any-return]


@lru_cache(64)
def public_key(pem: str) -> "RSAPublicKey":
    """Reads the PEM of a public key or of a certificate. Raises MdtError."""
    if "BEGIN CERTIFICATE" in pem:
        return _read(pem, "CERTIFICATE", module("x509").load_pem_x509_certificate).public_key()  # type: ignore[no-any-return]
    return _read(pem, "PUBLIC KEY", _serialization().load_pem_public_key)  # type: ignore[no-any-return]


def _read(pem: str, kind: str, load: Any) -> Any:
    text = pem.strip()
    if not text.startswith("-----BEGIN"):
        text = f"-----BEGIN {kind}-----\n{text}\n-----END {kind}-----\n"
    try:
        return load(text.encode())
    except (ValueError, TypeError) as error:
        raise MdtError(_("this is no {kind} in PEM: {error}", kind=kind.lower(), error=error)) from None


def _serialization() -> Any:
    return module("hazmat.primitives.serialization")


def private_pem(key: "RSAPrivateKey") -> str:
    """PKCS #8."""
    forms = _serialization()
    return key.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption()).decode()


def public_pem(key: "RSAPublicKey") -> str:
    """SubjectPublicKeyInfo."""
    forms = _serialization()
    return key.public_bytes(forms.Encoding.PEM, forms.PublicFormat.SubjectPublicKeyInfo).decode()


@lru_cache(64)
def certificate(seed: str, name: str) -> "Certificate":
    """A self-signed certificate for the key of this seed, the same each time."""
    x509, key = module("x509"), seeded_key(seed)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    serial = int.from_bytes(hashlib.sha256(f"serial {seed}".encode()).digest()[:20]) >> 1 | 1 << 158
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), serial, BEGIN, END)
    return builder.sign(key, module("hazmat.primitives.hashes").SHA256())  # type: ignore[no-any-return]


def serial_of(found: "Certificate") -> str:
    """Upper-case hexadecimal, as WeChat Pay writes it."""
    return f"{found.serial_number:040X}"


def certificate_pem(found: "Certificate") -> str:
    return found.public_bytes(_serialization().Encoding.PEM).decode()


def rsa_sign(key: "RSAPrivateKey", text: bytes) -> str:
    """SHA256withRSA (PKCS #1 v1.5) in base64."""
    padding = module("hazmat.primitives.asymmetric.padding").PKCS1v15()
    return base64.b64encode(key.sign(text, padding, module("hazmat.primitives.hashes").SHA256())).decode()


def rsa_verifies(key: "RSAPublicKey", text: bytes, signature: str) -> bool:
    """Whether this is the base64 signature of the text."""
    padding = module("hazmat.primitives.asymmetric.padding").PKCS1v15()
    try:
        key.verify(
            base64.b64decode(signature, validate=True), text, padding, module("hazmat.primitives.hashes").SHA256()
        )
    except (ValueError, module("exceptions").InvalidSignature):
        return False
    return True


def aead_encrypted(key: bytes, nonce: str, text: bytes, associated: str) -> str:
    """AEAD_AES_256_GCM in base64; the tag is the last 16 bytes."""
    gcm = module("hazmat.primitives.ciphers.aead").AESGCM(key)
    return base64.b64encode(gcm.encrypt(nonce.encode(), text, associated.encode())).decode()
