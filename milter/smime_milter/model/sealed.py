"""A message on its way through the MTA to our splitter: sealed, handed back, and handed out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from smime_milter.model.spool import Spool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """`mark` is the value of the header field that opens it again, `body` what stands in the queue: ASCII lines."""

    mark: str
    body: Spool


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryOptions:
    """What else the envelope says, as SMTP writes it: RET and ENVID, and per recipient NOTIFY and ORCPT. RFC 3461 §4"""

    mail: tuple[str, ...] = ()
    recipients: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forwarded:
    """What the MTA hands to the splitter in one transaction; addresses letter for letter, `content` with CRLF."""

    sender: str
    recipients: tuple[str, ...]
    content: Spool
    options: DeliveryOptions = DeliveryOptions()


class ReceiptState(Enum):
    """How far one recipient's copy has come. BEGUN: handed over or not, nobody knows."""

    BEGUN = "begun"
    DONE = "done"
