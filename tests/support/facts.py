"""Facts and settings for policy tests, in as few words as a row of a truth table needs."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from ipaddress import ip_network
from typing import Any

from smime_milter.model.address import parse_address
from smime_milter.model.certificate import Certificate
from smime_milter.model.facts import Facts, NoCertificate
from smime_milter.model.finding import Category, Finding, Level, Unreadable, UnreadableReason
from smime_milter.model.inspection import Author, Direction, Inspection
from smime_milter.model.message import Client, Envelope, Recipient
from smime_milter.model.settings import Organisation, Outbound, Settings

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=timezone.utc)
CLERK = Author("clerk@wwk.de", "wwk.de")
SETTINGS = Settings(organisation=Organisation(
    domains=("wwk.de", ".wwk.at"), networks=(ip_network("127.0.0.0/8"), ip_network("::1/128"))))
UNREADABLE = (Unreadable("part 2", UnreadableReason.UNKNOWN_FORMAT),)


def certificate(address: str) -> Certificate:
    return Certificate(
        der=address.encode(), sha256=f"sha-{address}", subject="", issuer="", serial="1", not_before=NOW, not_after=NOW,
        addresses=(address,))


def outbound(**changes: Any) -> Settings:
    return replace(SETTINGS, outbound=replace(Outbound(), **changes))


def envelope(*recipients: str, sender: str = "clerk@wwk.de", client: str = "127.0.0.1", login: str = "",
             listener: str = "") -> Envelope:
    return Envelope(
        sender=parse_address(sender), sender_given=sender, recipients=tuple(Recipient(r, parse_address(r)) for r in recipients),
        client=Client(address=client, login=login, listener=listener), queue_id="ABC123", mta="mail.wwk.de")


def inspection(level: Level = Level.NONE, **changes: Any) -> Inspection:
    return replace(Inspection(authors=(CLERK,), level=level), **changes)


def finding(where: str) -> Finding:
    return Finding(category=Category.IBAN, where=where, start=0, end=1, masked="DE…")


def facts(*recipients: str, found: Inspection | None, certified: tuple[str, ...] = (), sender: str = "clerk@wwk.de",
          direction: Direction = Direction.OUTBOUND, has_key: bool = True) -> Facts:
    """Recipients outside get a certificate if they are among `certified`; all are visible unless `found` says otherwise."""
    visible = found if found is None or found.visible else replace(found, visible=recipients)
    outside = [r for r in recipients if not r.endswith(("wwk.de", "wwk.at"))]
    return Facts(
        envelope=envelope(*recipients, sender=sender), direction=direction, inspection=visible, has_signing_key=has_key,
        certificates={r: (certificate(r),) if r in certified else NoCertificate() for r in outside})
