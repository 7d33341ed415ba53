"""Whether Postfix's settings lead sealed mail to our splitter."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smime_milter.adapters import postconf
from smime_milter.adapters.postconf import PostfixSettings, Service
from smime_milter.config.checks import route
from smime_milter.config.checks.result import Verdict
from smime_milter.config.checks.route import check, entrances, flaw, look
from smime_milter.model.settings import MilterSettings
from tests.unit.config.samples import settings

OURS = MilterSettings(socket="unix:/var/spool/postfix/smime-milter/milter.sock")
TABLE = "regexp:{{/^X-SMIME-Milter-Sealed:/ FILTER smime-split:unix:smime-milter/split.sock}}"
ACTION = "FILTER smime-split:unix:smime-milter/split.sock"


def _postfix(*, chroot: bool = True, lmtp: str = "smime-split", checks: str = TABLE, **parameters: str) -> PostfixSettings:
    def smtpd(name: str, milters: str = "unix:smime-milter/milter.sock") -> Service:
        return Service(name=name, type="inet", is_chrooted=chroot, command="smtpd", settings={"smtpd_milters": milters})
    services = (smtpd("127.0.0.1:10025"), smtpd("submission"), smtpd("smtp"), smtpd("10026", ""), Service(
        name=lmtp, type="unix", is_chrooted=chroot, command="lmtp"))
    values = {"queue_directory": "/var/spool/postfix", "milter_header_checks": checks, "inet_interfaces": "all"}
    return PostfixSettings(version=(3, 7), parameters={**values, **parameters}, services=services)


@pytest.fixture(autouse=True)
def tables(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What postmap would say of a list of tables."""
    said = {TABLE: ACTION}

    def lookup(written: str, key: str) -> str | None:
        return said.get(written) if key == "X-SMIME-Milter-Sealed: v=1" else None
    monkeypatch.setattr(postconf, "lookup", lookup)
    return said


@pytest.mark.parametrize("chroot", [True, False])
def test_the_lines_that_mta_postfix_prints_lead_to_us(chroot: bool) -> None:
    """Nothing is missing, in a chroot and without."""
    assert flaw(_postfix(chroot=chroot), OURS) == ""


@pytest.mark.parametrize("action, found, words", [
    (None, _postfix(), "mta postfix prints the lines"),
    (None, _postfix(checks=""), "mta postfix prints the lines"),
    ("REJECT", _postfix(), "does not FILTER"),
    ("FILTER smtp:[127.0.0.1]:25", _postfix(), "no lmtp service"),
    (ACTION, _postfix(lmtp="other"), "no lmtp service"),
    ("FILTER smime-split:unix:smime-milter/other.sock", _postfix(), "we listen on"),
    ("FILTER smime-split:unix:/var/spool/postfix/smime-milter/split.sock", _postfix(), "leads to"),
])
def test_what_is_missing_is_said(tables: dict[str, str], action: str | None, found: PostfixSettings, words: str) -> None:
    """No table, no FILTER, no such service, another socket, a path the chroot cannot see."""
    tables.clear()
    tables.update({TABLE: action} if action else {})
    assert words in flaw(found, OURS)


def test_a_chrooted_service_must_see_the_socket() -> None:
    """A socket outside the queue directory is out of its reach."""
    outside = MilterSettings(socket="unix:/run/smime-milter/milter.sock")
    assert "cannot see" in flaw(_postfix(), outside)


def test_the_doors_are_those_that_ask_us() -> None:
    """Port 25 first; a service without our milter proves nothing, and names become numbers."""
    assert entrances(_postfix(), OURS) == (("127.0.0.1", 25), ("127.0.0.1", 587), ("127.0.0.1", 10025))
    assert entrances(_postfix(inet_interfaces="192.0.2.7, [2001:db8::1]"), OURS)[0] == ("192.0.2.7", 25)


def test_postscreen_is_a_door_where_its_smtpd_asks_us() -> None:
    """Port 25 belongs to postscreen, and the smtpd behind it has no port of its own."""
    def services(milters: str) -> tuple[Service, ...]:
        behind = Service(name="smtpd", type="pass", is_chrooted=True, command="smtpd", settings={"smtpd_milters": milters})
        return (Service(name="smtp", type="inet", is_chrooted=True, command="postscreen"), behind)
    found = _postfix()
    assert entrances(replace(found, services=services("unix:smime-milter/milter.sock")), OURS) == (("127.0.0.1", 25),)
    assert entrances(replace(found, services=services("")), OURS) == ()


def test_it_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """ok, a warning with what mends it, or a note where it was switched off."""
    def verdicts(found: PostfixSettings | None, split: str = "auto") -> list[Verdict]:
        monkeypatch.setattr(postconf, "read", lambda *names: found)
        text = f"milter: {{socket: '{OURS.socket}', split: '{split}'}}\n"
        return [result.verdict for result in check(settings(text))]
    assert verdicts(_postfix()) == [Verdict.OK]
    assert verdicts(_postfix(checks="")) == [Verdict.WARNING]
    assert verdicts(None) == [Verdict.WARNING]
    assert verdicts(_postfix(), "off") == [Verdict.NOTE]
    assert look(settings("milter: {split: 'off'}\n")) == ((), "milter.split is off")
    assert route.KEY == "milter.split"
