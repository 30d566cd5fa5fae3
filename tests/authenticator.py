"""An authenticator in software: it makes passkeys and signs with them, as WebAuthn Level 3 says (6.1, 6.5)."""

import base64
import hashlib
import json
import os
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class Authenticator:
    """One passkey. What is told of the ceremony can be falsified by name."""

    def __init__(self, origin: str, domain: str) -> None:
        self.origin, self.domain = origin, domain
        self.id, self.count, self.handle = os.urandom(32), 0, b""
        self._key = ec.generate_private_key(ec.SECP256R1())

    def make(self, options: dict[str, Any], **false: Any) -> dict[str, Any]:
        """What `navigator.credentials.create` gives."""
        self.handle = unspelt(options["user"]["id"])
        point = self._key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        credential = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(cose)
        made = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": self._data(ATTESTED, false) + credential})
        response = {"attestationObject": spelt(made)}
        return self._told(response | self._client("webauthn.create", options, false))

    def sign(self, options: dict[str, Any], **false: Any) -> dict[str, Any]:
        """What `navigator.credentials.get` gives."""
        self.count += 1
        data, client = self._data(0, false), self._client("webauthn.get", options, false)
        hashed = hashlib.sha256(unspelt(client["clientDataJSON"])).digest()
        signature = self._key.sign(data + hashed, ec.ECDSA(hashes.SHA256()))
        response = {"authenticatorData": spelt(data), "signature": spelt(signature), "userHandle": spelt(self.handle)}
        return self._told(response | client)

    def _data(self, flags: int, false: dict[str, Any]) -> bytes:
        flags |= false.get("flags", PRESENT | VERIFIED)
        domain = hashlib.sha256(false.get("domain", self.domain).encode()).digest()
        return domain + bytes([flags]) + false.get("count", self.count).to_bytes(4, "big")

    def _client(self, kind: str, options: dict[str, Any], false: dict[str, Any]) -> dict[str, str]:
        told = {"type": kind, "challenge": options["challenge"], "origin": false.get("origin", self.origin)}
        return {"clientDataJSON": spelt(json.dumps(told | false.get("client", {})).encode())}

    def _told(self, response: dict[str, str]) -> dict[str, Any]:
        spelling = spelt(self.id)
        return {
            "id": spelling,
            "rawId": spelling,
            "type": "public-key",
            "response": response,
            "clientExtensionResults": {},
        }


def spelt(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def unspelt(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
