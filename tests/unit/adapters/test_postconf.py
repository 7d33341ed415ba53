"""Reading Postfix's settings through postconf."""

from __future__ import annotations

from pathlib import Path

import pytest

from smime_milter.adapters import postconf
from smime_milter.model.errors import Unavailable

_FAKE = """\
#!/bin/sh
case "$1" in
-x) echo "mail_version = 3.10.13"; echo "compatibility_level = %s"; echo "smtpd_milters ="
    echo "queue_directory = /var/spool/postfix" ;;
-M) cat <<'END'
smtp       inet  n       -       y       -       -       smtpd
127.0.0.1:10026 inet n   -       -       -       -       smtpd -o smtpd_milters= -o { milter_default_action = tempfail }
    -o syslog_name=postfix/smime-milter
cleanup    unix  n       -       n       -       0       cleanup
END
;;
esac
"""


def _fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    program = tmp_path / "postconf"
    program.write_text(script)
    program.chmod(0o755)
    monkeypatch.setattr(postconf, "PROGRAM", str(program))


def test_parameters_and_services_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Version, empty and set parameters, chroot column, -o options in both forms and on continued lines."""
    _fake(tmp_path, monkeypatch, _FAKE % "3.6")
    found = postconf.read("smtpd_milters", "queue_directory")
    assert found and found.version == (3, 10)
    assert found.parameters["smtpd_milters"] == "" and found.parameters["queue_directory"] == "/var/spool/postfix"
    smtp, second, cleanup = found.services
    assert (smtp.is_chrooted, second.is_chrooted, cleanup.is_chrooted) == (True, False, False)
    assert dict(second.settings) == {
        "smtpd_milters": "", "milter_default_action": "tempfail", "syslog_name": "postfix/smime-milter"}
    assert found.of(second, "milter_default_action") == "tempfail"
    assert found.of(second, "queue_directory") == "/var/spool/postfix"


def test_a_dash_means_chroot_where_an_old_postfix_is_imitated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """compatibility_level 0 keeps the default of before 3.0."""
    _fake(tmp_path, monkeypatch, _FAKE % "0")
    found = postconf.read()
    assert found and found.services[1].is_chrooted


def test_without_postfix_there_is_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No postconf, no settings; that is no error."""
    monkeypatch.setattr(postconf, "PROGRAM", str(tmp_path / "none"))
    assert postconf.read() is None


def test_a_postfix_with_broken_settings_is_unavailable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """postconf's last word is passed on."""
    _fake(tmp_path, monkeypatch, "#!/bin/sh\necho 'postconf: fatal: open main.cf' >&2; exit 1\n")
    with pytest.raises(Unavailable, match="fatal: open main.cf"):
        postconf.read()
