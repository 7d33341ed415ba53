"""Which way a message goes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smime_milter.model.decision import Reason, Treatment
from smime_milter.model.facts import Facts
from smime_milter.model.inspection import Direction
from smime_milter.policy.decide import decide
from smime_milter.policy.direction import direction_of
from tests.support.facts import SETTINGS, envelope

OURS, THEIRS = "clerk@wwk.de", "anna@makler.example"
ORGANISATION = replace(SETTINGS.organisation, listeners=("SUBMIT",))


@pytest.mark.parametrize(("client", "login", "listener", "recipients", "direction"), [
    ("127.0.0.1", "", "", (THEIRS,), Direction.OUTBOUND), ("127.0.0.1", "", "", (OURS,), Direction.INTERNAL),
    ("127.0.0.1", "", "", (OURS, THEIRS), Direction.OUTBOUND), ("192.0.2.10", "", "", (OURS,), Direction.INBOUND),
    ("192.0.2.10", "", "", (OURS, THEIRS), Direction.INBOUND), ("192.0.2.10", "", "", (THEIRS,), Direction.RELAYED),
    ("192.0.2.10", "clerk", "", (THEIRS,), Direction.OUTBOUND), ("192.0.2.10", "", "SUBMIT", (THEIRS,), Direction.OUTBOUND),
    ("192.0.2.10", "", "smtpd", (THEIRS,), Direction.RELAYED), ("::1", "", "", (THEIRS,), Direction.OUTBOUND),
    ("::ffff:127.0.0.1", "", "", (THEIRS,), Direction.OUTBOUND), ("", "", "", (OURS,), Direction.INBOUND),
    ("unknown", "", "", (OURS,), Direction.INBOUND), ("127.0.0.1", "", "", ("x@it.wwk.at",), Direction.INTERNAL),
    ("127.0.0.1", "", "", ("not an address",), Direction.OUTBOUND),
    ("127.0.0.1", "", "", ("clerk@wwk.de.evil.example",), Direction.OUTBOUND),
])
def test_direction(client: str, login: str, listener: str, recipients: tuple[str, ...], direction: Direction) -> None:
    """Listener, network and login say who talks to us, the envelope recipients where it goes; no header field counts."""
    assert direction_of(ORGANISATION, envelope(*recipients, client=client, login=login, listener=listener)) is direction


@pytest.mark.parametrize(("direction", "reason"), [(Direction.INTERNAL, Reason.INTERNAL), (Direction.RELAYED, Reason.RELAYED)])
def test_none_of_our_business(direction: Direction, reason: Reason) -> None:
    """Mail that stays inside or only passes through is left as it is, uninspected."""
    decision = decide(SETTINGS, Facts(envelope=envelope(OURS), direction=direction, inspection=None))
    assert (decision.treatment, decision.reason) == (Treatment.UNCHANGED, reason)
