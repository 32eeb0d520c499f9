"""What the production overlays read from files: a certificate, its key and tokens."""

from __future__ import annotations

import datetime as dt
import ipaddress
import secrets
import ssl
from dataclasses import dataclass
from pathlib import Path

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from stack.ports import HOST


@dataclass(frozen=True)
class Files:
    """A self-signed certificate for loopback, and tokens, as files for their user alone.

    Attributes:
        certificate: it, in PEM.
        key: its private key, in PEM.
        token_file: the token that a sender shows.
        let_in: the tokens that the Collector lets in, one a line: that one.
    """

    certificate: Path
    key: Path
    token_file: Path
    let_in: Path

    @classmethod
    def made(cls, folder: Path) -> Files:
        """Make all of them in a folder, and the folder where it is missing."""
        folder.mkdir(parents=True, exist_ok=True)
        files = cls(folder / "cert.pem", folder / "key.pem", folder / "token", folder / "let-in")
        certificate, key = _self_signed()
        token = secrets.token_urlsafe(32).encode()
        contents = {files.certificate: certificate, files.key: key}
        contents |= {files.token_file: token, files.let_in: token}
        for path, content in contents.items():
            path.touch(mode=0o600)
            path.write_bytes(content)
        return files

    @property
    def token(self) -> str:
        """The token."""
        return self.token_file.read_text()

    @property
    def pair(self) -> tuple[bytes, bytes]:
        """PEM of key and certificate."""
        return self.key.read_bytes(), self.certificate.read_bytes()

    @property
    def trust(self) -> ssl.SSLContext:
        """What a client needs to trust the certificate, and no other."""
        return ssl.create_default_context(cafile=str(self.certificate))

    def client(self, token: str | None = None) -> httpx.Client:
        """A client that trusts the certificate and shows the right token, or another."""
        shown = self.token if token is None else token
        headers = {"Authorization": f"Bearer {shown}"} if shown else {}
        return httpx.Client(verify=self.trust, headers=headers, timeout=30)

    @property
    def variables(self) -> dict[str, str]:
        """The variables of overlays production and production-agent."""
        return {
            "OTLOG_COLLECTOR_TLS_CERT": str(self.certificate),
            "OTLOG_COLLECTOR_TLS_KEY": str(self.key),
            "OTLOG_COLLECTOR_TOKEN_FILE": str(self.let_in),
            "OTLOG_GATEWAY_CA": str(self.certificate),
            "OTLOG_GATEWAY_TOKEN_FILE": str(self.token_file),
        }


def _self_signed() -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address(HOST))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM), key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
