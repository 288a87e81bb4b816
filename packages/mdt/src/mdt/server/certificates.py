"""Makes certificates, good ones and those of TLS faults, by an authority that exists as long as the server.

Needs the package `cryptography` (extra `mdt[tls]`). A key is on disk only while OpenSSL reads it.
"""

import ipaddress
import os
import ssl
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from mdt.engine.messages import FaultKind
from mdt.errors import MdtError
from mdt.language import _

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

DAY = timedelta(days=1)
WRONG_HOST = "another.host.invalid"


class Authority:
    """Signs certificates; clients trust `pem`."""

    def __init__(self, name: str) -> None:
        try:
            from cryptography.hazmat.primitives.asymmetric import ec
        except ImportError as error:
            raise MdtError(
                _("TLS needs the package cryptography: pip install 'mdt[tls]', or pip install cryptography")
            ) from error
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(name)
        self._certificate = self._signed(self._name, self._key, None, (-DAY, 30 * DAY))
        self.pem = _pem(self._certificate)

    def context(self, hosts: Iterable[str], life: tuple[timedelta, timedelta] = (-DAY, 30 * DAY)) -> ssl.SSLContext:
        """A TLS context for a server, with a certificate for these hosts."""
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec

        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._signed(_name("mdt"), key, list(hosts), life)
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return _context(_pem(certificate) + self.pem + secret)

    def _signed(
        self,
        subject: "x509.Name",
        key: "EllipticCurvePrivateKey",
        hosts: list[str] | None,
        life: tuple[timedelta, timedelta],
    ) -> "x509.Certificate":
        """Signs a certificate for the hosts; without hosts that of an authority."""
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes

        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + life[0])
            .not_valid_after(now + life[1])
            .add_extension(x509.BasicConstraints(ca=hosts is None, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .add_extension(_usage(authority=hosts is None), critical=True)
        )
        if hosts is not None:
            builder = builder.add_extension(x509.SubjectAlternativeName(map(_alternative, hosts)), critical=False)
        return builder.sign(self._key, hashes.SHA256())


class Certificates:
    """One good context and one for each TLS fault, for the same hosts."""

    def __init__(self, hosts: Iterable[str]) -> None:
        self._hosts = list(hosts)
        self._authority = Authority("mdt test authority")
        self.pem = self._authority.pem
        self.bad = {
            FaultKind.TLS_UNTRUSTED: Authority("an authority that nobody trusts").context(self._hosts),
            FaultKind.TLS_EXPIRED: self._authority.context(self._hosts, (-10 * DAY, -DAY)),
            FaultKind.TLS_WRONG_HOST: self._authority.context([WRONG_HOST]),
        }

    def good(self) -> ssl.SSLContext:
        """A new context for each listener, which sets its own SNI callback."""
        return self._authority.context(self._hosts)


def _context(pem: bytes) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["http/1.1"])
    handle, path = tempfile.mkstemp(prefix="mdt-", suffix=".pem")  # readable only by this user
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
        context.load_cert_chain(path)
    finally:
        os.unlink(path)  # noqa: PTH108 - mkstemp gives a string
    return context


def _pem(certificate: "x509.Certificate") -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM)


def _name(text: str) -> "x509.Name":
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _alternative(host: str) -> "x509.GeneralName":
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _usage(*, authority: bool) -> "x509.KeyUsage":
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
