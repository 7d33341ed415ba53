"""What Postfix does with us is judged from its settings: the truth table of milter_default_action and chroot."""

from __future__ import annotations

import pytest

from smime_milter.adapters.postconf import PostfixSettings, Service
from smime_milter.config.checks.postfix import judge
from smime_milter.config.checks.result import Verdict

OURS = "unix:/var/spool/postfix/smime-milter/milter.sock"
LIMIT = 64 * 1024 * 1024


def _postfix(
    *, version: tuple[int, int] = (3, 7), chroot: bool = True, options: dict[str, str] | None = None, **parameters: str
) -> PostfixSettings:
    defaults = {"queue_directory": "/var/spool/postfix", "smtpd_milters": "unix:smime-milter/milter.sock",
                "non_smtpd_milters": "unix:smime-milter/milter.sock", "milter_default_action": "tempfail",
                "message_size_limit": "10240000"}
    smtpd = Service(name="smtp", type="inet", is_chrooted=chroot, command="smtpd", settings=options or {})
    return PostfixSettings(version=version, parameters={**defaults, **parameters}, services=(smtpd,))


def _faults(found: PostfixSettings, socket: str = OURS) -> list[str]:
    return [result.text for result in judge(found, socket=socket, limit=LIMIT) if result.verdict is Verdict.FAULT]


def _warnings(found: PostfixSettings) -> list[str]:
    return [result.text for result in judge(found, socket=OURS, limit=LIMIT) if result.verdict is Verdict.WARNING]


def test_the_settings_that_mta_postfix_prints_are_fine() -> None:
    """Nothing but ok lines, one for the address and one for the action."""
    results = list(judge(_postfix(), socket=OURS, limit=LIMIT))
    assert [result.verdict for result in results] == [Verdict.OK, Verdict.OK]


@pytest.mark.parametrize("action, version, is_safe", [
    ("tempfail", (3, 7), True), ("tempfail", (3, 10), True), ("shutdown", (3, 10), True), ("shutdown", (3, 7), False),
    ("accept", (3, 7), False), ("accept", (3, 10), False), ("quarantine", (3, 10), False), ("reject", (3, 10), False),
    ("", (3, 10), False),
])
def test_only_an_action_that_keeps_mail_waiting_is_safe(action: str, version: tuple[int, int], is_safe: bool) -> None:
    """tempfail always; shutdown where Postfix knows it; everything else lets mail out or loses it."""
    assert (not _faults(_postfix(version=version, milter_default_action=action))) is is_safe


def test_the_action_of_one_service_counts_more() -> None:
    """-o in master.cf and braces in the list override main.cf, in both directions."""
    assert "accept" in _faults(_postfix(options={"milter_default_action": "accept"}))[0]
    braces = "{ unix:smime-milter/milter.sock, connect_timeout=10s, default_action=accept }"
    assert "accept" in _faults(_postfix(smtpd_milters=f"inet:127.0.0.1:8891, {braces}"))[0]
    assert not _faults(_postfix(milter_default_action="accept", options={"milter_default_action": "tempfail"}))


def test_a_chrooted_smtpd_needs_the_path_from_its_queue_directory() -> None:
    """The absolute path is right for us and wrong for it; the message writes the right one."""
    assert "write unix:smime-milter/milter.sock" in _faults(_postfix(smtpd_milters=OURS))[0]
    assert not _faults(_postfix(smtpd_milters=OURS, chroot=False))


def test_a_socket_outside_the_queue_directory_is_out_of_reach() -> None:
    """/run cannot be seen from the chroot."""
    run = "unix:/run/smime-milter/milter.sock"
    assert "cannot see" in _faults(_postfix(smtpd_milters=run, non_smtpd_milters=run), run)[0]
    assert not _faults(_postfix(smtpd_milters=run, non_smtpd_milters=run, chroot=False), run)


@pytest.mark.parametrize("written", [
    "inet:127.0.0.1:8899", "inet:localhost:8899", "$ours", "${ours}", "local:x inet:127.0.0.1:8899"])
def test_the_milter_is_recognised_in_every_spelling(written: str) -> None:
    """Host first, by name, through a parameter of main.cf, beside others."""
    found = _postfix(options={"smtpd_milters": written}, ours="inet:127.0.0.1:8899", milter_default_action="accept")
    assert _faults(found, "inet:8899@127.0.0.1")


def test_a_postfix_that_does_not_use_us_is_warned_of() -> None:
    """No smtpd knows our socket; or only the sendmail command goes around us."""
    assert "no smtpd of Postfix uses this milter" in _warnings(_postfix(smtpd_milters=""))[0]
    assert "non_smtpd_milters" in _warnings(_postfix(non_smtpd_milters=""))[0]


@pytest.mark.parametrize("theirs", ["0", str(LIMIT + 1)])
def test_mail_larger_than_we_read_is_spoken_of(theirs: str) -> None:
    """Postfix takes more than we do, or everything: oversize decides."""
    results = list(judge(_postfix(message_size_limit=theirs), socket=OURS, limit=LIMIT))
    assert results[-1].path == "milter.message_size_limit"
