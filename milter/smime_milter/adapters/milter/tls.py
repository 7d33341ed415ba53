"""Record and grade the TLS session between the client and the MTA (R13)."""

from __future__ import annotations

from smime_milter.model.message import Client, TlsSession
from smime_milter.model.outcome import Event, JournalEntry

_FORWARD_SECRET = ("ECDHE", "DHE", "TLS_AES", "TLS_CHACHA20")
_WEAK = ("RC4", "DES", "MD5", "NULL", "EXP", "ADH", "AECDH")


def tls_entry(client: Client, queue_hint: str = "") -> JournalEntry:
    """One record per connection, also for the connection that negotiated none."""
    tls = client.tls
    fields = {"TLS_GRADE": grade(tls), "CLIENT": client.address, "LISTENER": client.listener, "QUEUE_ID": queue_hint}
    if tls is not None:
        fields |= {"TLS_PROTOCOL": tls.protocol, "TLS_CIPHER": tls.cipher, "TLS_BITS": tls.bits,
                   "TLS_PEER": tls.subject, "TLS_ISSUER": tls.issuer, "TLS_VERIFY": "verified" if tls.subject else "none"}
    text = f"inbound TLS {tls.protocol}" if tls else "inbound connection without TLS"
    return JournalEntry(event=Event.TLS_INBOUND, text=text, fields={k: v for k, v in fields.items() if v})


def grade(tls: TlsSession | None) -> str:
    """A 1.3 or forward-secret 1.2 with a verified peer, C encrypted but unverified, D old or weak, F none. BSI TR-02102-2"""
    if tls is None:
        return "F"
    if tls.protocol not in ("TLSv1.2", "TLSv1.3") or any(word in tls.cipher.upper() for word in _WEAK):
        return "D"
    if not tls.subject:
        return "C"
    if tls.protocol == "TLSv1.3":
        return "A"
    return "B" if tls.cipher.startswith(_FORWARD_SECRET) else "C"
