"""Certificates made on the spot: believed by whoever trusts the authority, by nobody else, and secret where they must be."""

import ssl
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import requests
from cryptography import x509

from backend import certificates


class _Hello(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_args) -> None:
        pass


@pytest.fixture
def files(tmp_path: Path) -> certificates.Files:
    return certificates.make(tmp_path / "tls", ["127.0.0.1", "localhost"])


@contextmanager
def _serving(files: certificates.Files) -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Hello)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def address(files: certificates.Files) -> Iterator[str]:
    with _serving(files) as address:
        yield address


def test_who_trusts_the_authority_believes_the_server(files: certificates.Files, address: str) -> None:
    for name in (address, address.replace("127.0.0.1", "localhost")):
        assert requests.get(name, verify=str(files.authority), timeout=5).status_code == 204


def test_nobody_else_does(address: str) -> None:
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(address, timeout=5)


def test_a_certificate_for_other_addresses_is_not_believed(tmp_path: Path, files: certificates.Files) -> None:
    elsewhere = certificates.make(tmp_path / "tls", ["192.0.2.7", "elsewhere.example"])
    with _serving(elsewhere) as address, pytest.raises(requests.exceptions.SSLError):
        requests.get(address, verify=str(files.authority), timeout=5)


def test_the_authority_outlives_starts_and_the_certificate_does_not(tmp_path: Path, files: certificates.Files) -> None:
    authority, certificate = files.authority.read_bytes(), files.certificate.read_bytes()
    again = certificates.make(tmp_path / "tls", ["192.0.2.7"])
    assert again.authority.read_bytes() == authority
    assert again.certificate.read_bytes() != certificate


def test_a_certificate_lives_no_longer_than_phones_allow(files: certificates.Files) -> None:
    found = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    assert (found.not_valid_after_utc - found.not_valid_before_utc).days <= 398


def test_keys_are_readable_by_their_owner_alone(tmp_path: Path, files: certificates.Files) -> None:
    for name in ("server.key", "authority.key"):
        assert stat.S_IMODE((tmp_path / "tls" / name).stat().st_mode) == 0o600


def test_this_machine_knows_an_address_of_its_own() -> None:
    assert certificates.local_address().count(".") == 3
