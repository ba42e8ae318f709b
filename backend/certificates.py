"""A certificate made on the spot, so that phones on the local network can try what browsers allow to secure pages only.

Two files a deployment makes once (an authority and its key) and two it makes at every start (this machine's addresses
change). A browser that was only talked past a warning still runs no service worker, hence an authority that a phone
can be told to trust. For trials: in production TLS belongs to the proxy.
"""

import datetime as dt
import ipaddress
import os
import socket
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from backend.core import clock

AUTHORITY_LIFE = dt.timedelta(days=3650)
# Apple takes no longer-lived ones, not even from an authority that the phone's owner trusts.
SERVER_LIFE = dt.timedelta(days=390)
# A phone's clock may be a little behind ours.
SKEW = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Files:
    """Where the certificates and the server's key are kept, in PEM."""

    authority: Path
    certificate: Path
    key: Path


def local_address() -> str:
    """The address by which the local network reaches this machine, or the loopback one where there is no network.

    Nothing is sent: a datagram socket that is connected only picks its route.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def make(folder: Path, addresses: list[str]) -> Files:
    """A server certificate for the addresses, signed by the folder's authority, which is made when there is none."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority, authority_key = _authority(folder)
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _signed(
        subject=_name(addresses[0]),
        key=key,
        issuer=authority.subject,
        issuer_key=authority_key,
        life=SERVER_LIFE,
        extensions=[
            (x509.SubjectAlternativeName([_general(each) for each in addresses]), False),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
            (x509.BasicConstraints(ca=False, path_length=None), True),
        ],
    )
    files = Files(folder / "authority.crt", folder / "server.crt", folder / "server.key")
    _write_secret(files.key, _private(key))
    files.certificate.write_bytes(certificate.public_bytes(Encoding.PEM) + files.authority.read_bytes())
    return files


def _authority(folder: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """The authority kept in the folder; phones that trust it must not have to learn of a new one at each start."""
    kept, kept_key = folder / "authority.crt", folder / "authority.key"
    if kept.exists() and kept_key.exists():
        certificate = x509.load_pem_x509_certificate(kept.read_bytes())
        key = load_pem_private_key(kept_key.read_bytes(), None)
        if isinstance(key, ec.EllipticCurvePrivateKey) and certificate.not_valid_after_utc > clock.now() + SERVER_LIFE:
            return certificate, key
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"Mingcha trial {os.urandom(3).hex()}")
    certificate = _signed(
        subject=name,
        key=key,
        issuer=name,
        issuer_key=key,
        life=AUTHORITY_LIFE,
        extensions=[(x509.BasicConstraints(ca=True, path_length=0), True)],
    )
    _write_secret(kept_key, _private(key))
    kept.write_bytes(certificate.public_bytes(Encoding.PEM))
    return certificate, key


def _signed(
    *,
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    life: dt.timedelta,
    extensions: list[tuple[x509.ExtensionType, bool]],
) -> x509.Certificate:
    now = clock.now()
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SKEW)
        .not_valid_after(now - SKEW + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    for extension, is_critical in extensions:
        builder = builder.add_extension(extension, is_critical)
    return builder.sign(issuer_key, hashes.SHA256())


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _general(address: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(address))
    except ValueError:
        return x509.DNSName(address)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write_secret(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
