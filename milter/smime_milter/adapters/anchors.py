"""Trust anchors: Mozilla's e-mail roots out of NSS's libnssckbi.so over PKCS #11, and PEM files."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from smime_milter.model.certificate import TrustAnchor
from smime_milter.model.errors import Unavailable

_PLACES = ("*/libnssckbi.so", "*/nss/libnssckbi.so", "libnssckbi.so")
MAX_PEM_FILE = 4 * 1024 * 1024

# PKCS #11 2.40 pkcs11t.h; NSS pkcs11n.h for what carries its name
_Ulong = ctypes.c_ulong
_CKF_SERIAL_SESSION = 4
_CKA_CLASS, _CKA_VALUE, _CKA_ISSUER, _CKA_SERIAL_NUMBER = 0x00, 0x11, 0x81, 0x82
_CKO_CERTIFICATE = 1
_NSS = 0xCE534350  # vendor defined | "NSCP"
_CKO_NSS_TRUST = _NSS + 3
_CKA_NSS_EMAIL_DISTRUST_AFTER = _NSS + 36
_CKA_TRUST_EMAIL_PROTECTION = _NSS + 0x2000 + 11
_CKT_NSS_TRUSTED_DELEGATOR = _NSS + 2
_NOTHING = _Ulong(-1).value  # CK_UNAVAILABLE_INFORMATION
# Positions in CK_FUNCTION_LIST
_INITIALIZE, _FINALIZE, _GET_SLOT_LIST, _OPEN_SESSION, _CLOSE_SESSION = 0, 1, 4, 12, 13
_GET_ATTRIBUTE_VALUE, _FIND_OBJECTS_INIT, _FIND_OBJECTS, _FIND_OBJECTS_FINAL = 24, 26, 27, 28
_CKR_ALREADY_INITIALIZED = 0x191
_BATCH = 256


class _FunctionList(ctypes.Structure):
    _fields_ = [("version", ctypes.c_ubyte * 2), ("functions", ctypes.c_void_p * 68)]


class _Attribute(ctypes.Structure):
    _fields_ = [("type", _Ulong), ("value", ctypes.c_void_p), ("length", _Ulong)]


def mozilla_email(library: str = "") -> tuple[TrustAnchor, ...]:
    """The roots Mozilla trusts for e-mail, not those for web servers; `Unavailable` if NSS is not there."""
    with _session(library or _find_library()) as token:
        trusted = {token.names(trust) for trust in token.objects(_CKO_NSS_TRUST) if token.is_trusted_for_email(trust)}
        roots = [token.anchor(c) for c in token.objects(_CKO_CERTIFICATE) if token.names(c) in trusted]
    if not roots:
        raise Unavailable("trust anchors", "no root for e-mail in libnssckbi.so")
    return tuple(roots)


def _find_library() -> str:
    found = (path for place in _PLACES for path in sorted(Path("/usr/lib").glob(place)))
    path = next(found, None)
    if path is None:
        raise Unavailable("trust anchors", "libnssckbi.so not found, install libnss3")
    return str(path)


@contextmanager
def _session(library: str) -> Iterator[_Token]:
    functions = _functions(library)
    started = _call(functions, _INITIALIZE, None, allowed=_CKR_ALREADY_INITIALIZED)
    try:
        yield _Token(functions, _open(functions))
    finally:
        if started == 0:
            _call(functions, _FINALIZE, None)


def _functions(library: str) -> _FunctionList:
    pointer = ctypes.POINTER(_FunctionList)()
    try:
        result = ctypes.CDLL(library).C_GetFunctionList(ctypes.byref(pointer))
    except (OSError, AttributeError) as error:
        raise Unavailable("trust anchors", "no PKCS #11 module at the library's path") from error
    if result != 0 or not pointer:
        raise Unavailable("trust anchors", "C_GetFunctionList failed")
    return pointer.contents


def _call(functions: _FunctionList, position: int, *arguments: object, allowed: int = 0) -> int:
    function = ctypes.CFUNCTYPE(_Ulong)(functions.functions[position])
    result = int(function(*arguments))
    if result not in (0, allowed):
        raise Unavailable("trust anchors", f"PKCS #11 function {position} answers {result:#x}")
    return result


def _open(functions: _FunctionList) -> _Ulong:
    """A session with the first slot: the module has one, "NSS Builtin Objects"."""
    slots, count, session = (_Ulong * 16)(), _Ulong(16), _Ulong()
    _call(functions, _GET_SLOT_LIST, ctypes.c_ubyte(1), slots, ctypes.byref(count))
    if count.value == 0:
        raise Unavailable("trust anchors", "libnssckbi.so has no slot")
    _call(functions, _OPEN_SESSION, _Ulong(slots[0]), _Ulong(_CKF_SERIAL_SESSION), None, None, ctypes.byref(session))
    return session


class _Token:
    """The objects of one open session; handles are valid until it is closed with the module."""

    def __init__(self, functions: _FunctionList, session: _Ulong) -> None:
        self._functions, self._session = functions, session

    def objects(self, kind: int) -> list[int]:
        wanted = _Ulong(kind)
        template = _Attribute(_CKA_CLASS, ctypes.addressof(wanted), ctypes.sizeof(wanted))
        _call(self._functions, _FIND_OBJECTS_INIT, self._session, ctypes.byref(template), _Ulong(1))
        handles = list(self._found())
        _call(self._functions, _FIND_OBJECTS_FINAL, self._session)
        return handles

    def _found(self) -> Iterator[int]:
        batch, count = (_Ulong * _BATCH)(), _Ulong(_BATCH)
        while count.value:
            _call(self._functions, _FIND_OBJECTS, self._session, batch, _Ulong(_BATCH), ctypes.byref(count))
            yield from batch[: count.value]

    def value(self, handle: int, attribute: int) -> bytes:
        """The attribute's bytes, b"" where the object has none."""
        asked = _Attribute(attribute, None, 0)
        if self._ask(handle, asked) != 0 or asked.length in (0, _NOTHING):
            return b""
        buffer = ctypes.create_string_buffer(asked.length)
        asked.value = ctypes.addressof(buffer)
        return buffer.raw[: asked.length] if self._ask(handle, asked) == 0 else b""

    def _ask(self, handle: int, asked: _Attribute) -> int:
        function = ctypes.CFUNCTYPE(_Ulong)(self._functions.functions[_GET_ATTRIBUTE_VALUE])
        return int(function(self._session, _Ulong(handle), ctypes.byref(asked), _Ulong(1)))

    def names(self, handle: int) -> tuple[bytes, bytes]:
        """Issuer and serial number: what a certificate and its trust object have in common."""
        return self.value(handle, _CKA_ISSUER), self.value(handle, _CKA_SERIAL_NUMBER)

    def is_trusted_for_email(self, handle: int) -> bool:
        trust = self.value(handle, _CKA_TRUST_EMAIL_PROTECTION)
        return trust == bytes(_Ulong(_CKT_NSS_TRUSTED_DELEGATOR))

    def anchor(self, handle: int) -> TrustAnchor:
        return TrustAnchor(self.value(handle, _CKA_VALUE), _utc_time(self.value(handle, _CKA_NSS_EMAIL_DISTRUST_AFTER)))


def _utc_time(octets: bytes) -> datetime | None:
    """YYMMDDhhmmssZ; one byte false means that trust has no end."""
    if len(octets) <= 1:
        return None
    try:
        return datetime.strptime(octets.decode("ascii"), "%y%m%d%H%M%SZ").replace(tzinfo=timezone.utc)
    except ValueError as error:
        raise Unavailable("trust anchors", "distrust date in an unknown form") from error


def pem_file(path: Path) -> tuple[TrustAnchor, ...]:
    """All certificates of a PEM file; `Unavailable` if it has none or one of them cannot be read."""
    try:
        data = path.read_bytes()[:MAX_PEM_FILE]
        blocks = data.split(b"-----BEGIN CERTIFICATE-----")[1:]
        loaded = [x509.load_pem_x509_certificate(b"-----BEGIN CERTIFICATE-----" + block) for block in blocks]
    except (OSError, ValueError) as error:
        raise Unavailable("trust anchors", f"{path} cannot be read") from error
    if not loaded:
        raise Unavailable("trust anchors", f"{path} holds no certificate")
    return tuple(TrustAnchor(certificate.public_bytes(Encoding.DER)) for certificate in loaded)
