"""Load before the doors close what Python and its libraries otherwise load at first use."""

from __future__ import annotations

import codecs
import importlib
from datetime import datetime

from smime_milter.mime.charsets import CODECS

_MODULES = (
    "_strptime", "email._parseaddr", "email.utils", "encodings.idna", "encodings.utf_8_sig", "html.entities", "html.parser",
    "quopri", "stringprep", "unicodedata", "zoneinfo", "asn1crypto.cms", "asn1crypto.tsp", "asn1crypto.x509", "asn1crypto.ocsp",
    "cryptography.hazmat.primitives.asymmetric.ec", "cryptography.hazmat.primitives.asymmetric.padding",
    "cryptography.hazmat.primitives.asymmetric.ed25519", "cryptography.hazmat.primitives.padding",
    "cryptography.hazmat.primitives.ciphers.modes", "cryptography.hazmat.backends.openssl.backend",
)


def preload() -> None:
    for name in _MODULES:
        importlib.import_module(name)
    for name in (*CODECS, "idna", "punycode", "unicode_escape", "raw_unicode_escape"):
        codecs.lookup(name)
    datetime.strptime("20260101000000Z", "%Y%m%d%H%M%SZ")
