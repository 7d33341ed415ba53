"""The settings that hold for one recipient: the general ones and what `partners:` overrides."""

from __future__ import annotations

from dataclasses import fields, replace

from smime_milter.model.address import to_a_label
from smime_milter.model.message import Recipient
from smime_milter.model.settings import Outbound, Partner, Settings

_OVERRIDES = frozenset(f.name for f in fields(Outbound)) & frozenset(f.name for f in fields(Partner))


def partner_of(settings: Settings, recipient: Recipient) -> Partner:
    """The entry for the address, else for its domain, else an empty one."""
    if recipient.address is None:
        return Partner()
    by_domain = settings.partners.get(to_a_label(recipient.address.domain), Partner())
    return settings.partners.get(recipient.key, by_domain)


def outbound_for(settings: Settings, recipient: Recipient) -> Outbound:
    partner = partner_of(settings, recipient)
    changed = {name: value for name in _OVERRIDES if (value := getattr(partner, name)) is not None}
    return replace(settings.outbound, **changed) if changed else settings.outbound
