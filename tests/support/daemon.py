"""The milter as a program of its own: configuration, keys and store in a temporary folder."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.support.pki import Authority, Issued

ROOT = Path(__file__).parents[2]
PYTHON = "/usr/bin/python3"
PASSPHRASE = b"nur zur Probe"
_PATIENCE = 30.0
_CONFIGURATION = """\
organisation:
  domains: [wwk.de, wwk.at]
  networks: [127.0.0.0/8, "::1/128"]
  authserv_id: mail.wwk.de
milter:
  socket: "unix:{socket}"
  split: "unix:{split}"
  submit: smtp:127.0.0.1:{submit}
  workers: {workers}
outbound:
{outbound}
inbound:
{inbound}
certificates:
  store: "sqlite:///{store}"
  anchors: ["{anchors}"]
  activation: {activation}
  revocation: {{mode: "off"}}
keys:
  directory: "{keys}"
  passphrase_credential: keys
personal_data:
  policy_numbers: ["LV-[0-9]{{8}}"]
notices:
{notices}
logging:
  journal: false
{more}
"""


class Gateway:
    """`with Gateway(authority, submit_port=…) as gateway:` — running and ready.

    `own` are our keys (one .p12 each, named by the address or domain in `names`), `outbound` and
    `inbound` and `notices` (off unless given) YAML lines of these sections, `more` further top-level
    YAML. `socket` is what the MTA is to be told; it exists before the daemon does, so the MTA may be
    started first.
    """

    def __init__(
        self,
        authority: Authority,
        *,
        submit_port: int = 1,
        own: Mapping[str, Issued] | None = None,
        outbound: Iterable[str] = (),
        inbound: Iterable[str] = (),
        notices: Iterable[str] = ("enabled: false",),
        more: str = "",
        workers: int = 2,
        mail_config: Path | None = None,
        module: str = "smime_milter",
    ) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="smg-"))
        self._authority = authority
        self._own = dict(own or {})
        self._sections = {
            "outbound": _section(outbound), "inbound": _section(inbound), "notices": _section(notices),
            "activation": "immediately", "more": more}
        self.submit_port = submit_port
        self._workers = workers
        self._mail_config = mail_config
        self._module = module
        self.config = self.home / "smime-milter.yaml"
        self.more_environment: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._lines: list[dict[str, Any]] = []
        self._noise: list[str] = []
        self._reading = threading.RLock()
        self._reader = threading.Thread()
        self._pipe = -1
        self._rest = b""
        _lay_out(self.home, authority, self._own)
        self.configure()

    def __enter__(self) -> Gateway:
        try:
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

    @property
    def socket(self) -> str:
        return f"unix:{self.home}/run/milter.sock"

    @property
    def split_socket(self) -> str:
        return f"unix:{self.home}/run/split.sock"

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    @property
    def environment(self) -> dict[str, str]:
        """What the daemon and its command line run with."""
        return {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "PYTHONPATH": str(ROOT / "milter"), "LC_ALL": "C.UTF-8",
            "CREDENTIALS_DIRECTORY": str(self.home / "credentials"), "PYTHONDONTWRITEBYTECODE": "1",
            **({"MAIL_CONFIG": str(self._mail_config)} if self._mail_config else {}), **self.more_environment,
        }

    def configure(self, **sections: str) -> None:
        """Write the configuration; `outbound`, `inbound`, `activation` and `more` replace what was given before."""
        self._sections.update(sections)
        places = {"store": self.home / "state/certificates.db", "anchors": self.home / "root.pem", "keys": self.home / "keys"}
        self.config.write_text(_CONFIGURATION.format(
            socket=self.home / "run/milter.sock", split=self.home / "run/split.sock", submit=self.submit_port,
            workers=self._workers, **places, **self._sections))

    def start(self) -> None:
        """Start the daemon and wait for its "daemon.started"; RuntimeError with what it said if it ends instead."""
        starts = len(self.records("daemon.started"))
        self._process = subprocess.Popen(
            [PYTHON, "-P", "-m", self._module, "--config", str(self.config), "run"], bufsize=0,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, env=self.environment, cwd=self.home)
        self._reader = threading.Thread(target=self._collect, args=(self._process,), daemon=True)
        self._reader.start()
        self.wait_for("daemon.started", count=starts + 1, timeout=_PATIENCE)

    def _collect(self, process: subprocess.Popen[bytes]) -> None:
        """Read as it comes, so that a full pipe never stops the daemon."""
        assert process.stderr is not None
        with process.stderr:
            os.set_blocking(process.stderr.fileno(), False)
            self._pipe = process.stderr.fileno()
            while self._drain():
                select.select([self._pipe], [], [])
            with self._reading:
                self._pipe = -1

    def _drain(self) -> bool:
        """Note everything that stands in the pipe now; False at its end."""
        with self._reading:
            try:
                while piece := os.read(self._pipe, 65536) if self._pipe >= 0 else b"":
                    *lines, self._rest = (self._rest + piece).split(b"\n")
                    for line in lines:
                        self._note(line)
            except BlockingIOError:
                return True
            return False

    def _note(self, line: bytes) -> None:
        try:
            record = json.loads(line)
        except ValueError:
            record = None
        if isinstance(record, dict):
            self._lines.append(record)
        else:
            self._noise.append(line.decode("utf-8", "replace") + "\n")

    def records(self, event: str | None = None) -> list[dict[str, Any]]:
        """The journal, or its records of one event such as "decision".

        What the daemon wrote before an SMTP reply is among them once the client has that reply.
        """
        with self._reading:
            self._drain()
            return [r for r in self._lines if event in (None, r.get("SMIME_EVENT"))]

    @property
    def noise(self) -> str:
        """What it printed that is no record: nothing, if all is well."""
        with self._reading:
            self._drain()
            return "".join(self._noise)

    def wait_for(self, event: str, *, count: int = 1, timeout: float = 10.0) -> list[dict[str, Any]]:
        """At least this many records of an event; RuntimeError if the daemon ends or time runs out first."""
        until = time.monotonic() + timeout
        while True:
            has_ended = not self.is_running
            if len(found := self.records(event)) >= count:
                return found
            if has_ended or time.monotonic() > until:
                raise RuntimeError(f"no {event} from the daemon; it said: {self.noise}{self.records()[-3:]}")
            time.sleep(0.02)

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def reload(self) -> None:
        """SIGHUP; returns when the configuration was taken or rejected."""
        before = len(self.records("config.loaded")) + len(self.records("config.rejected"))
        os.kill(self.pid, signal.SIGHUP)
        until = time.monotonic() + _PATIENCE
        while len(self.records("config.loaded")) + len(self.records("config.rejected")) == before:
            if time.monotonic() > until:
                raise TimeoutError("the daemon did not answer SIGHUP")
            time.sleep(0.02)

    def kill(self) -> None:
        """End it as the kernel would when memory runs out."""
        if self._process:
            self._process.kill()
            self._wait()

    def stop(self) -> int:
        """SIGTERM, and SIGKILL if it has not gone after 40 seconds; its exit status."""
        if self._process is None:
            return 0
        self._process.terminate()
        try:
            return self._wait()
        except subprocess.TimeoutExpired:
            self.kill()
            return -signal.SIGKILL

    def _wait(self) -> int:
        """Its exit status, once its last words were read; a worker may outlive it by a moment."""
        assert self._process is not None
        status = self._process.wait(40)
        if self._reader.ident is not None:
            self._reader.join(5)
        return status

    def command(self, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Run `smime-milter --config … ARGUMENTS`."""
        return subprocess.run(
            [PYTHON, "-P", "-m", "smime_milter", "--config", str(self.config), *arguments],
            input=given, capture_output=True, env=self.environment, timeout=60)


def _section(lines: Iterable[str]) -> str:
    return "\n".join(f"  {line}" for line in lines) or "  {}"


def _lay_out(home: Path, authority: Authority, own: Mapping[str, Issued]) -> None:
    home.chmod(0o755)
    for name in ("run", "keys", "state", "credentials"):
        (home / name).mkdir(mode=0o700)
    # Postfix must reach the socket, and its group comes from the folder.
    shutil.chown(home / "run", group="postfix")
    (home / "run").chmod(0o2750)
    (home / "root.pem").write_bytes(authority.root_pem)
    (home / "credentials/keys").write_bytes(PASSPHRASE)
    for name, issued in own.items():
        file = home / "keys" / f"{name}.p12"
        file.write_bytes(issued.p12(PASSPHRASE))
        file.chmod(0o600)
