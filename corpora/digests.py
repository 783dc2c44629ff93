"""Digests as archives state them: "sha1:" with base32, hex or base64 behind it."""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

_LENGTHS = {
    name: hashlib.new(name).digest_size for name in ("md5", "sha1", "sha256", "sha384", "sha512")
}
_STATED = re.compile(r"([A-Za-z0-9-]+):([A-Za-z0-9+/_=-]+)")


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest that can be compared.

    Attributes:
        algorithm: as `hashlib` names it.
        value: the bytes.
    """

    algorithm: str
    value: bytes


def parse_digest(stated: str) -> Digest | None:
    """What a digest field says; None where its algorithm or its spelling is unknown."""
    match = _STATED.fullmatch(stated.strip())
    if match is None:
        return None
    algorithm = match[1].lower().replace("-", "")
    length = _LENGTHS.get(algorithm)
    if length is None:
        return None
    value = _decode(match[2].rstrip("="), length)
    return Digest(algorithm, value) if value is not None else None


def is_known_algorithm(stated: str) -> bool:
    """Whether a digest field names an algorithm that can be computed."""
    return stated.partition(":")[0].strip().lower().replace("-", "") in _LENGTHS


def _decode(text: str, length: int) -> bytes | None:
    """`length` bytes written in base16, 32 or 64: how long the text is tells which."""
    try:
        if len(text) == 2 * length:
            return bytes.fromhex(text)
        if len(text) == (8 * length + 4) // 5:
            return base64.b32decode(text.upper() + "=" * (-len(text) % 8))
        if len(text) == (8 * length + 5) // 6:
            return base64.urlsafe_b64decode(
                text.replace("+", "-").replace("/", "_") + "=" * (-len(text) % 4)
            )
    except (ValueError, binascii.Error):
        return None
    return None
