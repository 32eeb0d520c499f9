"""The key that signs tokens: a P-256 key in a file that only its owner can read."""

from __future__ import annotations

import base64
import hashlib
import json
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from jwt.algorithms import ECAlgorithm

from services.auth_service import secret_file
from services.auth_service.settings import SettingsError


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key and the name that tokens and key set give it.

    Attributes:
        private: signs by ES256 (RFC 7518, section 3.4).
        key_id: the thumbprint of the public key (RFC 7638).
        jwk: the public key (RFC 7517).
    """

    private: ec.EllipticCurvePrivateKey
    key_id: str
    jwk: dict[str, Any]


def load_signing_key(file: Path) -> SigningKey:
    """Read the key from `file`; make the file, mode 0600, when there is none.

    Raises:
        SettingsError: when others may read the file, or it holds no P-256 key.
    """
    if not file.exists():
        _create(file)
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        raise SettingsError(
            f"AUTH_SIGNING_KEY_FILE: {file} can be read by others: run chmod 600 {file}"
        )
    try:
        private = load_pem_private_key(file.read_bytes(), password=None)
    except ValueError:
        private = None
    if not isinstance(private, ec.EllipticCurvePrivateKey) or private.curve.name != "secp256r1":
        raise SettingsError(
            f"AUTH_SIGNING_KEY_FILE: {file} holds no P-256 private key in PEM form: "
            "name another file, or a missing one to have it created"
        )
    return _signing_key(private)


def _create(file: Path) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    secret_file.create(file, pem)


def _signing_key(private: ec.EllipticCurvePrivateKey) -> SigningKey:
    public: dict[str, Any] = ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
    members = {name: public[name] for name in ("crv", "kty", "x", "y")}
    canonical = json.dumps(members, sort_keys=True, separators=(",", ":")).encode()
    digest = hashlib.sha256(canonical).digest()
    key_id = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return SigningKey(private, key_id, {**members, "kid": key_id, "alg": "ES256", "use": "sig"})
