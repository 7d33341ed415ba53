"""`smime-milter certs` and `keys` as they are called."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from smime_milter.adapters.stores import Store, open_store
from smime_milter.certs.reading import read
from smime_milter.cli import main
from smime_milter.model.outcome import Lesson
from tests.support.pki import Authority, Issued
from tests.unit.cli.calling import NOW, Answer, call

ALICE = "alice@makler.example"
FIELDS = [
    "sha256", "addresses", "domain", "subject", "issuer", "serial", "not_before", "not_after", "class", "state",
    "usable_from", "source", "learned_from", "learned_at",
]


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority(at=NOW - timedelta(days=30))


def issue(authority: Authority, address: str | list[str] = ALICE, days: int = 30) -> Issued:
    return authority.issue(address, not_before=NOW - timedelta(days=10), not_after=NOW + timedelta(days=days))


@pytest.fixture
def issued(authority: Authority) -> Issued:
    return issue(authority)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "keys").mkdir()
    path = tmp_path / "smime-milter.yaml"
    path.write_text(
        "organisation:\n  domains: [wwk.de]\n  networks: [127.0.0.0/8]\n"
        f"certificates:\n  store: sqlite:///{tmp_path}/certificates.db\n"
        f"keys:\n  directory: {tmp_path}/keys\nlogging:\n  journal: false\n"
    )
    return path


def store_at(config: Path) -> Store:
    return open_store(f"sqlite:///{config.parent}/certificates.db", held_key=b"k" * 32)


def certs(config: Path, *arguments: str) -> Answer:
    return call(main, "--config", str(config), "certs", *arguments)


def listed(config: Path, *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(certs(config, "list", "--json", *arguments).out)
    return found


def imported(config: Path, content: bytes, *arguments: str) -> Answer:
    file = config.parent / "given.pem"
    file.write_bytes(content)
    return certs(config, "import", str(file), *arguments)


def test_an_imported_certificate_is_listed_with_every_field(config: Path, issued: Issued) -> None:
    """The JSON of the fixed surface; usable at once."""
    assert imported(config, issued.pem).status == 0
    (row,) = listed(config)
    assert list(row) == FIELDS
    assert (row["sha256"], row["addresses"], row["domain"]) == (issued.sha256, [ALICE], None)
    assert (row["state"], row["source"], row["class"]) == ("active", "import", "mailbox")
    assert row["not_after"].endswith("Z")
    assert issued.sha256[:16] in certs(config, "list").out


def test_each_change_is_in_the_journal_without_an_address(config: Path, issued: Issued) -> None:
    """Fingerprint, what was done, and who did it."""
    record = json.loads(imported(config, issued.pem).err.splitlines()[-1])
    assert (record["SMIME_EVENT"], record["SMIME_CERT_SHA256"]) == ("certificate.changed", issued.sha256)
    assert record["SMIME_CHANGE"] == "imported"
    assert ALICE not in json.dumps(record)


def test_a_certificate_with_two_addresses_serves_both(config: Path, authority: Authority) -> None:
    """Without an option every address the certificate names; with one, that alone."""
    both = issue(authority, [ALICE, "bob@makler.example"])
    imported(config, both.pem, "--address", ALICE)
    assert [row["addresses"] for row in listed(config)] == [[ALICE]]
    imported(config, both.pem)
    assert [row["addresses"] for row in listed(config)] == [[ALICE], ["bob@makler.example"]]


def test_a_certificate_for_a_domain(config: Path, issued: Issued) -> None:
    """--domain binds it to the domain, whatever address it names."""
    assert imported(config, issued.pem, "--domain", "kanzlei.example").status == 0
    (row,) = listed(config, "--address", "kanzlei.example")
    assert (row["domain"], row["addresses"]) == ("kanzlei.example", [])


@pytest.mark.parametrize("arguments, reason", [
    (("--address", "bob@makler.example"), "other-address"), (("--address", "a@@b c"), "no address"),
])
def test_what_does_not_fit_is_not_taken(config: Path, issued: Issued, arguments: tuple[str, ...], reason: str) -> None:
    """Exit status 1, one line with file and reason, nothing stored."""
    answer = imported(config, issued.pem, *arguments)
    assert answer.status == 1
    assert "given.pem" in answer.err and reason in answer.err
    assert listed(config) == []


def test_expired_rubbish_and_key_files_are_not_taken(config: Path, authority: Authority, issued: Issued) -> None:
    """Each is named; none is stored."""
    for content, reason in [
        (issue(authority, days=-1).pem, "expired"),
        (b"rubbish", "holds no certificate"),
        (issued.key_pem, "holds no certificate"),
    ]:
        answer = imported(config, content)
        assert answer.status == 1
        assert reason in answer.err
    assert listed(config) == []


def test_a_ca_in_the_file_becomes_an_issuer(config: Path, authority: Authority, issued: Issued) -> None:
    """A chain file is taken as a whole: the person's certificate listed, the CA kept for paths."""
    assert imported(config, issued.pem + authority.root_pem).status == 0
    assert len(listed(config)) == 1
    store = store_at(config)
    root = read(authority.root_der)
    assert root
    assert list(store.issuers.issuers_named(root.subject_der)) == [authority.root_der]
    store.close()


@pytest.mark.parametrize("arguments", [
    ("--address", ALICE, "--domain", "x.example"), ("--domain", ALICE), ("--address", "x.example"),
])
def test_options_that_contradict_are_usage(config: Path, issued: Issued, arguments: tuple[str, ...]) -> None:
    """Exit status 2."""
    assert imported(config, issued.pem, *arguments).status == 2


def test_what_is_usable_tomorrow_is_pending_today(config: Path, issued: Issued) -> None:
    """R7: a learned certificate shows when it will be used, and can be approved at once."""
    learn(config, issued)
    (row,) = listed(config, "--state", "pending")
    assert row["learned_from"] == "<1@makler.example>"
    assert listed(config, "--state", "active") == []
    assert certs(config, "approve", issued.sha256[:8]).status == 0
    assert [row["state"] for row in listed(config)] == ["active"]
    assert "nothing to change" in certs(config, "approve", issued.sha256[:8]).out


def learn(config: Path, issued: Issued) -> None:
    store = store_at(config)
    certificate = read(issued.der)
    assert certificate
    lesson = Lesson(certificate=certificate, address=ALICE, message_id="<1@makler.example>")
    store.certificates.learn(lesson, usable_from=NOW + timedelta(days=3), at=NOW)
    store.close()


def test_distrust_show_and_remove(config: Path, issued: Issued) -> None:
    """The way of one certificate, and its history."""
    imported(config, issued.pem)
    assert certs(config, "distrust", issued.sha256[:8]).status == 0
    shown = json.loads(certs(config, "show", "--json", issued.sha256[:8]).out)
    assert [event["event"] for event in shown[0]["history"]] == ["imported", "distrusted"]
    assert shown[0]["state"] == "distrusted"
    assert "distrusted" in certs(config, "show", issued.sha256[:8]).out
    assert certs(config, "remove", issued.sha256[:8]).status == 0
    assert listed(config) == []


def test_export_writes_what_was_imported(config: Path, issued: Issued) -> None:
    """PEM to standard output or to a file."""
    imported(config, issued.pem)
    assert certs(config, "export", issued.sha256[:8]).out.encode() == issued.pem
    out = config.parent / "out.pem"
    assert certs(config, "export", issued.sha256[:8], "--out", str(out)).status == 0
    assert out.read_bytes() == issued.pem


@pytest.mark.parametrize("verb", ["show", "export", "approve", "distrust", "remove"])
def test_an_unknown_fingerprint_is_no(config: Path, verb: str) -> None:
    """Exit status 1 and one line."""
    answer = certs(config, verb, "abc123")
    assert answer.status == 1
    assert answer.err == "smime-milter: abc123: no certificate begins so; smime-milter certs list shows all\n"


def test_a_prefix_of_several_is_usage(config: Path, authority: Authority) -> None:
    """Exit status 2: more of the fingerprint is needed; nothing is changed."""
    firsts: dict[str, Issued] = {}
    while True:
        other = authority.issue(ALICE, key="p256")
        if other.sha256[0] in firsts:
            break
        firsts[other.sha256[0]] = other
    store = store_at(config)
    for one in (other, firsts[other.sha256[0]]):
        certificate = read(one.der)
        assert certificate
        store.certificates.import_(certificate, ALICE, source="import")
    store.close()
    answer = certs(config, "remove", other.sha256[0])
    assert answer.status == 2
    assert "2 certificates begin so" in answer.err
    assert len(listed(config)) == 2


def test_keys_lists_our_own(config: Path, authority: Authority) -> None:
    """Name, fingerprint and what each is good for; a file of no use is named, exit status 1."""
    own = issue(authority, "kunde@wwk.de")
    file = config.parent / "keys" / "kunde@wwk.de.pem"
    file.write_bytes(own.key_pem + own.pem)
    file.chmod(0o600)
    answer = call(main, "--config", str(config), "keys", "list", "--json")
    (row,) = json.loads(answer.out)
    assert (row["name"], row["sha256"], row["use"], answer.status) == ("kunde@wwk.de", own.sha256, "signs, decrypts", 0)
    assert "kunde@wwk.de" in call(main, "--config", str(config), "keys", "list").out
    (config.parent / "keys" / "bob@wwk.de.pem").write_bytes(b"rubbish")
    answer = call(main, "--config", str(config), "keys", "list")
    assert answer.status == 1
    assert "bob@wwk.de.pem" in answer.err


@pytest.mark.parametrize("name", ["list", "show", "import", "export", "approve", "distrust", "remove"])
def test_every_help_has_an_example(config: Path, name: str) -> None:
    """--help shows a line that can be typed."""
    answer = certs(config, name, "--help")
    assert answer.status == 0
    assert f"smime-milter certs {name}" in answer.out
