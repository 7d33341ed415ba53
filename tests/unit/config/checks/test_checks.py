"""Each look at the surroundings finds what is wrong there, and says what to do."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from threading import Thread

import pytest

from smime_milter.config.checks import anchors, announced, doubtful, keys, sockets, store, submit
from smime_milter.config.checks.result import Result, Verdict
from tests.support.pki import Authority
from tests.unit.config.samples import settings


def _one(results: Iterator[Result]) -> Result:
    found = list(results)
    assert len(found) == 1, found
    return found[0]


def _with(results: Iterator[Result], verdict: Verdict) -> list[str]:
    return [result.text for result in results if result.verdict is verdict]


@pytest.fixture(autouse=True)
def _no_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))


def test_settings_that_wait_for_their_part_say_what_they_do_today() -> None:
    """pseudonymise and remove hold mail, for everybody and for partners; lookup is not used."""
    found = list(announced.check(settings(
        "outbound: {unreadable_attachments: remove}\ncertificates: {lookup: [smimea]}\n"
        "partners: {makler.example: {without_certificate: pseudonymise}}\n")))
    assert [(result.verdict, result.path) for result in found] == [
        (Verdict.WARNING, "certificates.lookup"), (Verdict.NOTE, "outbound.without_certificate"),
        (Verdict.NOTE, "outbound.unreadable_attachments"), (Verdict.NOTE, "partners.makler.example.without_certificate")]
    assert "held" in found[1].text and "held" in found[2].text


def test_settings_that_are_complete_are_not_spoken_of() -> None:
    """hold needs no note."""
    assert not list(announced.check(settings("outbound: {without_certificate: hold}\n")))


def test_a_network_of_everybody_is_warned_of() -> None:
    """0.0.0.0/0 makes the whole Internet one of ours."""
    usual = settings()
    everybody = replace(usual, organisation=replace(usual.organisation, networks=(ip_network("0.0.0.0/0"),)))
    assert "every client is one of ours" in _one(doubtful.check(everybody)).text


def test_what_lets_mail_out_is_spoken_of() -> None:
    """observe changes nothing; personal-data without number formats misses policy numbers; the defaults are silent."""
    found = list(doubtful.check(settings("outbound: {mode: observe, encrypt: personal-data}\n")))
    assert [(result.verdict, result.path) for result in found] == [
        (Verdict.WARNING, "personal_data.policy_numbers"), (Verdict.NOTE, "outbound.mode")]
    assert not list(doubtful.check(settings()))


def test_keys_that_load_are_counted_and_a_domain_without_is_named(tmp_path: Path) -> None:
    """A domain key is found; the domain that has none is a note."""
    issued = Authority().issue("info@wwk.de")
    (tmp_path / "wwk.de.pem").write_bytes(issued.key_pem + issued.pem)
    found = list(keys.check(settings(f"keys: {{directory: {tmp_path}}}\n")))
    assert [result.verdict for result in found] == [Verdict.OK, Verdict.NOTE]
    assert "no key for wwk.at" in found[1].text


def test_a_key_file_that_does_not_load_is_a_fault(tmp_path: Path) -> None:
    """The fault names the file; that no passphrase was found is said beside it."""
    (tmp_path / "wwk.de.p12").write_bytes(b"no PKCS #12")
    found = list(keys.check(settings(f"keys: {{directory: {tmp_path}}}\n")))
    assert found[0].verdict is Verdict.FAULT and "wwk.de.p12" in found[0].text
    assert found[-1].path == "keys.passphrase_credential"


def test_an_empty_directory_is_a_warning_and_a_missing_one_a_fault(tmp_path: Path) -> None:
    """Without keys the milter still encrypts; without the directory it is set up wrongly."""
    assert _one(keys.check(settings(f"keys: {{directory: {tmp_path}}}\n"))).verdict is Verdict.WARNING
    found = list(keys.check(settings(f"keys: {{directory: {tmp_path}/missing}}\n")))
    assert found[0].verdict is Verdict.FAULT and "missing" in found[0].text


def test_anchors_are_loaded_one_by_one(tmp_path: Path) -> None:
    """Mozilla's list and a PEM file are counted; a file that is none is a fault with its index."""
    (tmp_path / "ca.pem").write_bytes(Authority().root_pem)
    text = f"certificates: {{anchors: [mozilla-email, {tmp_path}/ca.pem, {tmp_path}/none.pem]}}\n"
    found = list(anchors.check(settings(text)))
    assert [result.verdict for result in found] == [Verdict.OK, Verdict.OK, Verdict.FAULT]
    assert "holds 1 trust anchors" in found[1].text
    assert found[2].path == "certificates.anchors[2]"


def test_a_store_that_does_not_exist_yet_is_not_made(tmp_path: Path) -> None:
    """check-config changes nothing: it says that the file will be made."""
    result = _one(store.check(settings(f"certificates: {{store: 'sqlite:///{tmp_path}/c.db'}}\n")))
    assert result.verdict is Verdict.OK
    assert not list(tmp_path.iterdir())


def test_a_store_that_cannot_be_is_a_fault(tmp_path: Path) -> None:
    """A missing folder, and a file that is no database."""
    (tmp_path / "c.db").write_bytes(b"no database at all" * 100)
    for name in ("missing/c.db", "c.db"):
        result = _one(store.check(settings(f"certificates: {{store: 'sqlite:///{tmp_path}/{name}'}}\n")))
        assert result.verdict is Verdict.FAULT, name


def test_a_store_that_answers_is_fine(tmp_path: Path) -> None:
    """An existing database is opened and left as it is."""
    (tmp_path / "c.db").write_bytes(b"")
    assert _one(store.check(settings(f"certificates: {{store: 'sqlite:///{tmp_path}/c.db'}}\n"))).verdict is Verdict.OK


def test_the_sockets_folder_must_be_there_and_ours(tmp_path: Path) -> None:
    """Missing: fault with the command; writable for everybody: fault; else ok with what we open."""
    text = f"milter: {{socket: 'unix:{tmp_path}/run/milter.sock'}}\n"
    assert "does not exist" in _with(sockets.check(settings(text)), Verdict.FAULT)[0]
    (tmp_path / "run").mkdir()
    os.chmod(tmp_path / "run", 0o777)
    assert "writable for everybody" in _with(sockets.check(settings(text)), Verdict.FAULT)[0]
    os.chmod(tmp_path / "run", 0o750)
    assert _one(sockets.check(settings(text))).text == f"we open unix:{tmp_path}/run/milter.sock"


def test_inet_is_warned_of_and_one_socket_for_two_uses_is_a_fault() -> None:
    """44 ms and every local process; milter and splitter must not share."""
    assert "44 ms" in _one(sockets.check(settings("milter: {socket: 'inet:8899@127.0.0.1'}\n"))).text
    both = settings("milter: {socket: 'unix:/nonexistent/s', split: 'unix:/nonexistent/s'}\n")
    assert any("must differ" in text for text in _with(sockets.check(both), Verdict.FAULT))


@contextmanager
def _service(greeting: bytes) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        def greet() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(greeting)

        thread = Thread(target=greet)
        thread.start()
        yield server.getsockname()[1]
        thread.join(10)


@pytest.mark.parametrize("greeting, verdict", [
    (b"220 mail.wwk.de ESMTP\r\n", Verdict.OK), (b"HTTP/1.0 400\r\n", Verdict.WARNING)])
def test_the_service_for_released_mail_must_greet(greeting: bytes, verdict: Verdict) -> None:
    """A connection alone is not enough: it must speak SMTP."""
    with _service(greeting) as port:
        assert _one(submit.check(settings(f"milter: {{submit: 'smtp:127.0.0.1:{port}'}}\n"))).verdict is verdict


def test_a_service_that_is_down_is_a_warning() -> None:
    """Postfix may start after us."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        result = _one(submit.check(settings(f"milter: {{submit: 'smtp:127.0.0.1:{port}'}}\n")))
    assert result.verdict is Verdict.WARNING and "mta postfix" in result.text
