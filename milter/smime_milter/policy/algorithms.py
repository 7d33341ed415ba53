"""Which algorithms a message goes out with: what every one of its recipients is known to take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from smime_milter.model.certificate import KeyKind
from smime_milter.model.facts import Facts
from smime_milter.model.message import Recipient
from smime_milter.model.settings import Partner, Settings
from smime_milter.policy.partners import partner_of

# What every client in the field opens: Outlook opens no AuthEnvelopedData, many no OAEP and no PSS.
_CONTENT, _KEY_TRANSPORT, _SIGNATURE = "aes-256-cbc", "rsa", "rsa"
_Wish = Callable[[Partner], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Algorithms:
    """Names as in `cms.algorithms`."""

    content: str = _CONTENT
    key_transport: str = _KEY_TRANSPORT
    signature: str = _SIGNATURE


def algorithms_for(settings: Settings, facts: Facts, recipients: tuple[Recipient, ...]) -> Algorithms:
    """What the partner's entry says, else what was announced; where recipients differ the one that all take."""
    def common(wish: _Wish, better: str, usual: str) -> str:
        wishes = {wish(partner_of(settings, r)) or (better if _announced(facts, r, better) else usual) for r in recipients}
        return wishes.pop() if len(wishes) == 1 else usual

    return Algorithms(
        content=common(lambda partner: partner.content, "aes-256-gcm", _CONTENT),
        key_transport=common(lambda partner: partner.key_transport, "oaep", _KEY_TRANSPORT),
        signature=common(lambda partner: partner.signature, "pss", _SIGNATURE))


def _announced(facts: Facts, recipient: Recipient, name: str) -> bool:
    """On each of a person's devices: one that did not say so may not open it. OAEP is a matter of RSA keys alone."""
    found = facts.certificates.get(recipient.key)
    certificates = found if isinstance(found, tuple) else ()
    asked = [c for c in certificates if name != "oaep" or c.key_kind is KeyKind.RSA]
    return bool(certificates) and all(name in facts.announced.get(c.sha256, ()) for c in asked)
