"""mta: what it prints is what the MTA takes."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from smime_milter.adapters import postconf
from smime_milter.adapters.postconf import PostfixSettings, Service
from smime_milter.cli.mta import postfix_lines, sendmail_lines
from smime_milter.config.checks.postfix import PARAMETERS, judge
from smime_milter.config.checks.result import Verdict
from tests.unit.config.samples import settings

_MASTER = """\
smtp       inet  n       -       y       -       -       smtpd
cleanup    unix  n       -       y       -       0       cleanup
"""


def _postfix(*, chroot: bool, smtpd_milters: str = "") -> PostfixSettings:
    smtpd = Service(name="smtp", type="inet", is_chrooted=chroot, command="smtpd")
    parameters = {"queue_directory": "/var/spool/postfix", "smtpd_milters": smtpd_milters}
    return PostfixSettings(version=(3, 7), parameters=parameters, services=(smtpd,))


SPOOL = settings("milter: {socket: 'unix:/var/spool/postfix/smime-milter/milter.sock', submit: 'smtp:127.0.0.1:10099'}\n")


def test_a_chrooted_postfix_gets_the_path_from_its_queue_directory() -> None:
    """Debian's smtpd sees smime-milter/milter.sock; without chroot the whole path is printed."""
    assert "'smtpd_milters = unix:smime-milter/milter.sock'" in postfix_lines(SPOOL, _postfix(chroot=True))
    assert "unix:smime-milter" in postfix_lines(SPOOL, None)
    whole = "'smtpd_milters = unix:/var/spool/postfix/smime-milter/milter.sock'"
    assert whole in postfix_lines(SPOOL, _postfix(chroot=False))


def test_milters_that_are_there_stay_and_we_are_named_once() -> None:
    """A list with others keeps them in front; one that names us is left as it is."""
    others = _postfix(chroot=True, smtpd_milters="inet:127.0.0.1:8891")
    assert "'smtpd_milters = inet:127.0.0.1:8891 unix:smime-milter/milter.sock'" in postfix_lines(SPOOL, others)
    ours = _postfix(chroot=True, smtpd_milters="unix:smime-milter/milter.sock, inet:127.0.0.1:8891")
    assert "'smtpd_milters = unix:smime-milter/milter.sock, inet:127.0.0.1:8891'" in postfix_lines(SPOOL, ours)


def test_a_socket_out_of_reach_is_said_before_it_is_set() -> None:
    """/run with a chrooted smtpd: change milter.socket first."""
    run = settings("milter: {socket: 'unix:/run/smime-milter/milter.sock'}\n")
    assert "set milter.socket to auto first" in postfix_lines(run, _postfix(chroot=True))


def test_every_setting_has_its_reason_above_it() -> None:
    """Each command that sets something for the first time in a block stands below a comment."""
    lines = postfix_lines(SPOOL, None).splitlines()
    for above, line in zip(lines, lines[1:]):
        assert not line.startswith("postconf") or above.startswith(("#", "postconf")), line
    assert sum(line.startswith("#") for line in lines) >= 12


@pytest.mark.server
def test_postfix_takes_the_printed_commands_and_is_then_without_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run through a shell on an own configuration: main.cf, the second smtpd without milter, and check-config is content."""
    (tmp_path / "main.cf").write_text("compatibility_level = 3.6\nmilter_default_action = accept\n")
    (tmp_path / "master.cf").write_text(_MASTER)
    monkeypatch.setenv("MAIL_CONFIG", str(tmp_path))
    for _ in range(2):  # running them again changes nothing
        lines = postfix_lines(SPOOL, postconf.read(*PARAMETERS))
        done = subprocess.run(["/bin/sh", "-eu"], input=lines, text=True, capture_output=True, env=dict(os.environ), check=False)
        assert (done.returncode, done.stderr) == (0, "")
    found = postconf.read(*PARAMETERS)
    assert found
    second = next(service for service in found.services if service.name == "127.0.0.1:10099")
    assert second.is_chrooted and second.command == "smtpd" and second.settings["smtpd_milters"] == ""
    assert second.settings["receive_override_options"] == "no_milters,no_header_body_checks"
    socket = SPOOL.milter.socket
    verdicts = {result.verdict for result in judge(found, socket=socket, limit=1024**3)}
    assert verdicts == {Verdict.OK}
    faulty = replace(found, parameters={**found.parameters, "milter_default_action": "accept"})
    assert any(result.verdict is Verdict.FAULT for result in judge(faulty, socket=socket, limit=1024**3))


@pytest.mark.server
def test_m4_takes_the_printed_lines() -> None:
    """The lines for sendmail.mc have balanced quotes: m4 with stand-ins for Sendmail's macros sees three of them, and F=T."""
    stand_ins = "define(`INPUT_MAIL_FILTER', `FILTER $1 $2')define(`seen', 0)"
    done = subprocess.run(["/usr/bin/m4"], input=stand_ins + "\n" + sendmail_lines(SPOOL) + "confMILTER_MACROS_ENVFROM\n",
                          text=True, capture_output=True, check=True)
    assert done.stderr == ""
    assert "FILTER smime-milter S=unix:/var/spool/postfix/smime-milter/milter.sock, F=T, T=C:30s;S:60s;R:60s;E:5m" in done.stdout
    assert "i, {auth_type}, {auth_authen}" in done.stdout


def test_sealed_mail_is_led_to_our_splitter() -> None:
    """A check on header fields that milters add, a service for it, all recipients at once; nothing where it is off."""
    lines = postfix_lines(SPOOL, _postfix(chroot=True))
    table = "regexp:{{/^X-SMIME-Milter-Sealed:/ FILTER smime-split:unix:smime-milter/split.sock}}"
    assert f"postconf -e 'milter_header_checks = {table}'" in lines
    assert "postconf -M 'smime-split/unix=smime-split unix - - y - - lmtp'" in lines
    assert "postconf -e 'smime-split_destination_recipient_limit = 1000'" in lines
    off = settings("milter: {split: 'off'}\n")
    assert "smime-split" not in postfix_lines(off, None)


def test_header_checks_that_are_there_stay() -> None:
    """Ours goes behind others, and is not written twice."""
    found = _postfix(chroot=True)
    theirs = replace(found, parameters={**found.parameters, "milter_header_checks": "pcre:/etc/postfix/spam"})
    assert "'milter_header_checks = pcre:/etc/postfix/spam regexp:{{/^X-SMIME" in postfix_lines(SPOOL, theirs)
    table = "regexp:{{/^X-SMIME-Milter-Sealed:/ FILTER a:b}}"
    ours = replace(found, parameters={**found.parameters, "milter_header_checks": table})
    assert f"'milter_header_checks = {table}'" in postfix_lines(SPOOL, ours)
