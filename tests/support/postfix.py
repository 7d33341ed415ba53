"""A Postfix of its own: configuration, queue, data and log in a temporary folder, nothing of the machine's."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.support.ports import free_ports
from tests.support.smtp_client import Client, Transcript

_DAEMONS = "/usr/lib/postfix/sbin"
# As Postfix's own "create-missing" makes them; so its slow start-up check can be left out.
_OWNED = "active bounce corrupt defer deferred flush hold incoming private saved trace".split()
_MAIN = """\
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
command_directory = /usr/sbin
daemon_directory = {daemons}
maillog_file = {home}/log/mail.log
maillog_file_prefixes = {home}
mail_owner = postfix
setgid_group = postdrop
myhostname = {name}
myorigin = $myhostname
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtp_host_lookup = native
smtp_dns_support_level = disabled
mynetworks = {networks}
mydestination =
alias_maps =
alias_database =
local_recipient_maps =
relayhost = [127.0.0.1]:{relay}
relay_domains = {domains}
relay_recipient_maps =
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_authorized_xclient_hosts = 127.0.0.0/8
smtpd_tls_cert_file = {home}/etc/tls.pem
smtpd_tls_key_file = {home}/etc/tls.key
smtpd_tls_security_level = may
smtpd_tls_received_header = yes
smtpd_tls_loglevel = 1
smtp_tls_security_level = none
milter_default_action = tempfail
milter_protocol = 6
message_size_limit = 104857600
mailbox_size_limit = 0
smtpd_client_connection_rate_limit = 0
smtpd_client_connection_count_limit = 0
minimal_backoff_time = 2s
maximal_backoff_time = 5s
queue_run_delay = 2s
notify_classes =
"""
_MASTER = """\
127.0.0.1:{entry} inet n - n - - smtpd
127.0.0.1:{behind} inet n - n - - smtpd
  -o smtpd_milters= -o syslog_name=postfix/behind
127.0.0.1:{submission} inet n - n - - smtpd
  -o milter_macro_daemon_name=SUBMIT -o syslog_name=postfix/submit
  -o {{ smtpd_relay_restrictions = check_client_access static:OK, reject }}
pickup    unix n - n 5   1 pickup
cleanup   unix n - n -   0 cleanup
qmgr      unix n - n 300 1 qmgr
tlsmgr    unix - - n 1000? 1 tlsmgr
rewrite   unix - - n -   - trivial-rewrite
bounce    unix - - n -   0 bounce
defer     unix - - n -   0 bounce
trace     unix - - n -   0 bounce
verify    unix - - n -   1 verify
flush     unix n - n 1000? 0 flush
proxymap  unix - - n -   - proxymap
proxywrite unix - - n -  1 proxymap
smtp      unix - - n -   - smtp
relay     unix - - n -   - smtp
lmtp      unix - - n -   - lmtp
showq     unix n - n -   - showq
error     unix - - n -   - error
retry     unix - - n -   - error
discard   unix - - n -   - discard
anvil     unix - - n -   1 anvil
scache    unix - - n -   1 scache
postlog   unix-dgram n - n - 1 postlogd
smime-split unix - - n - - lmtp
"""


# As `smime-milter mta postfix` prints them.
_ROUTE = """\
milter_header_checks = regexp:{{{{/^X-SMIME-Milter-Sealed:/ FILTER smime-split:{split}}}}}
smime-split_destination_recipient_limit = 1000
"""


class PrivatePostfix:
    """`with PrivatePostfix(milters="unix:…", relay_port=sink.port) as postfix:` — started, and gone afterwards.

    `port` asks the milters, `behind` does not (the milter's own submissions), `submission` asks them
    and calls itself SUBMIT. Everything accepted goes to `relay_port`; clients outside `networks` may
    write to `domains` only, on `submission` to everybody. `settings` override main.cf.
    Needs root. The milters may come up later: they are asked when mail comes.
    """

    def __init__(
        self,
        *,
        milters: str = "",
        relay_port: int,
        networks: str = "127.0.0.0/8",
        domains: str = "wwk.de, wwk.at",
        name: str = "mail.wwk.de",
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.port, self.behind, self.submission = free_ports(3)
        self.home = Path(tempfile.mkdtemp(prefix="smp-"))
        self._etc = self.home / "etc"
        values = {"home": self.home, "daemons": _DAEMONS, "name": name, "networks": networks, "domains": domains}
        self._milters = milters
        self._main = _MAIN.format(relay=relay_port, **values) + "".join(
            f"{key} = {value}\n" for key, value in (settings or {}).items()
        )
        self._pid = 0

    def ask(self, milters: str, *, split: str = "") -> None:
        """Name the milters, and the socket for sealed mail, after the ports are known and before it starts."""
        self._milters = milters
        if split:
            self._main += _ROUTE.format(split=split)

    @property
    def config(self) -> Path:
        """What MAIL_CONFIG must be for Postfix's own commands to mean this one."""
        return self._etc

    def __enter__(self) -> PrivatePostfix:
        try:
            self._lay_out()
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    def start(self) -> None:
        """Start master and wait until it listens; RuntimeError with the end of its log if it does not."""
        (self.home / "queue" / "quick-start").touch()
        # Postfix closes every descriptor it might have inherited: with a high limit that takes seconds.
        done = _run("/usr/bin/prlimit", "--nofile=4096:4096", "/usr/sbin/postfix", "-c", str(self._etc), "start")
        if done.returncode:
            raise RuntimeError(f"Postfix did not start: {done.stderr} {self.log()[-2000:]}")
        self._pid = int((self.home / "queue/pid/master.pid").read_text())

    def stop(self) -> None:
        """End master and everything it started; the queue stays until the context ends."""
        pid, self._pid = self._pid or self._pid_on_file(), 0
        if not pid:
            return
        # Master leads a process group of its own; its orderly end takes two seconds.
        _kill(pid)

    def _pid_on_file(self) -> int:
        """Master's pid when `start` was interrupted after it had come up."""
        try:
            pid = int((self.home / "queue/pid/master.pid").read_text())
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError):
            return 0
        return pid if b"master" in command else 0

    def client(self, *, outside: str = "", tls: bool = False, login: str = "", port: int = 0) -> Client:
        """A conversation with the smtpd that asks the milters (or another `port`), greeted and ready for MAIL.

        `outside` is the client address Postfix is to believe in, `login` the authenticated name
        (on `submission` unless `port` says otherwise).
        """
        default = self.submission if login else self.port
        return Client(port or default, outside=outside, tls=tls, login=login)

    def send(
        self,
        sender: str,
        recipients: str | list[str],
        data: bytes,
        *,
        client: str = "inside",
        tls: bool = False,
        login: str = "",
        port: int = 0,
    ) -> Transcript:
        """Send one message, bytes as they are, over a connection of its own; `client` is inside, outside or an address."""
        outside = {"inside": "", "outside": "192.0.2.10"}.get(client, client)
        with self.client(outside=outside, tls=tls, login=login, port=port) as conversation:
            return conversation.send(sender, [recipients] if isinstance(recipients, str) else recipients, data)

    def queue(self) -> list[dict[str, Any]]:
        """What waits in the queue, as `postqueue -j` tells it."""
        done = _run("/usr/sbin/postqueue", "-c", str(self._etc), "-j")
        if done.returncode:
            raise RuntimeError(f"postqueue: {done.stderr}")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def contents(self) -> list[bytes]:
        """Every queued message as Postfix would deliver it now."""
        return [subprocess.run(
            ["/usr/sbin/postcat", "-c", str(self._etc), "-bhq", waiting["queue_id"]], capture_output=True, timeout=60).stdout
            for waiting in self.queue()]

    def flush(self) -> None:
        """Try everything deferred again, now."""
        _run("/usr/sbin/postqueue", "-c", str(self._etc), "-f")

    def wait_until_empty(self, timeout: float = 15.0) -> None:
        """Return when the queue is empty, or TimeoutError that names what is left by queue id and reason."""
        until = time.monotonic() + timeout
        while left := self.queue():
            if time.monotonic() > until:
                raise TimeoutError(f"still queued: {left}")
            time.sleep(0.1)

    def log(self) -> str:
        """The whole mail log so far."""
        return (self.home / "log" / "mail.log").read_text(encoding="utf-8", errors="replace")

    def set(self, **settings: str) -> None:
        """Change main.cf while running; `smtp_line_length_limit="0"`."""
        pairs = [f"{key} = {value}" for key, value in settings.items()]
        _run("/usr/sbin/postconf", "-c", str(self._etc), "-e", *pairs)
        _run("/usr/sbin/postfix", "-c", str(self._etc), "reload")

    def _lay_out(self) -> None:
        # Postfix refuses folders its own users cannot pass through.
        self.home.chmod(0o755)
        for folder in ("etc", "queue", "data", "log"):
            (self.home / folder).mkdir()
        shutil.chown(self.home / "data", "postfix")
        _make_queue(self.home / "queue")
        asked = f"smtpd_milters = {self._milters}\nnon_smtpd_milters = {self._milters}\n"
        (self._etc / "main.cf").write_text(self._main + asked)
        ports = {"entry": self.port, "behind": self.behind, "submission": self.submission}
        (self._etc / "master.cf").write_text(_MASTER.format(**ports))
        _make_certificate(self._etc)


def _make_queue(queue: Path) -> None:
    for name in _OWNED:
        (queue / name).mkdir(mode=0o700)
        shutil.chown(queue / name, "postfix")
    for name, mode in (("maildrop", 0o1730), ("public", 0o2710)):
        (queue / name).mkdir()
        shutil.chown(queue / name, "postfix", "postdrop")
        (queue / name).chmod(mode)
    (queue / "pid").mkdir()


def _make_certificate(folder: Path) -> None:
    subject = ["-subj", "/CN=mail.wwk.de", "-addext", "subjectAltName=DNS:mail.wwk.de,IP:127.0.0.1"]
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", str(folder / "tls.key")]
    done = _run("/usr/bin/openssl", "req", "-x509", "-days", "30", *subject, *key, "-out", str(folder / "tls.pem"))
    if done.returncode:
        raise RuntimeError(f"no certificate for Postfix: {done.stderr}")


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)


def _kill(group: int) -> None:
    """End a process group and wait until nothing of it runs any more; its zombies are the init process's."""
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return
    until = time.monotonic() + 5
    while time.monotonic() < until and is_running(group):
        time.sleep(0.02)


def is_running(group: int) -> bool:
    """Whether /proc shows a process of this group that is no zombie."""
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, its_group = file.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(its_group) == group and state != "Z":
            return True
    return False
