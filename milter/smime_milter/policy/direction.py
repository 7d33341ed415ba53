"""Which way a message goes: from listener, network and login, never from a header."""

from __future__ import annotations

from ipaddress import ip_address

from smime_milter.model.address import belongs_to
from smime_milter.model.inspection import Direction
from smime_milter.model.message import Client, Envelope, Recipient
from smime_milter.model.settings import Organisation


def direction_of(organisation: Organisation, envelope: Envelope) -> Direction:
    """Mixed recipients count as outbound from our clients and as inbound from others."""
    ours = [is_ours(organisation, r) for r in envelope.recipients]
    if is_our_client(organisation, envelope.client):
        return Direction.INTERNAL if all(ours) else Direction.OUTBOUND
    return Direction.INBOUND if any(ours) else Direction.RELAYED


def is_our_client(organisation: Organisation, client: Client) -> bool:
    """Authenticated, on a listener of ours, or in one of our networks."""
    if client.login or (client.listener and client.listener in organisation.listeners):
        return True
    try:
        address = ip_address(client.address)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return any((mapped or address) in network for network in organisation.networks)


def is_ours(organisation: Organisation, recipient: Recipient) -> bool:
    return recipient.address is not None and belongs_to(recipient.address.domain, organisation.domains)
