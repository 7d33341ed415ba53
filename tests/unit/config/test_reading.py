"""What the configuration file means once it has been read, and that nothing makes reading fail otherwise than by problems."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as running
from hypothesis import strategies as st

from smime_milter.config.kinds import Key, Section
from smime_milter.config.problem import LIMIT
from smime_milter.config.reading import SIZE_LIMIT, load, read
from smime_milter.config.schema import SETTINGS
from smime_milter.model.settings import (
    Activation, Certificates, CompleteRecords, Encrypt, ForeignSender, Holidays, Inbound, KeySettings, Logging, MethodPolicy,
    MilterSettings, Mode, Notices, Organisation, Outbound, Oversize, Partner, PersonalData, ProtectSubject, RefusedMethods,
    Revocation, RevocationMode, Settings, ShownAddresses, UnreadableAttachments, WithoutCertificate)
from tests.unit.config.samples import LEAST, faults, settings

UNHURRIED = running(deadline=None, suppress_health_check=[HealthCheck.too_slow])
EVERY_KEY = """\
organisation:
  domains: [wwk.de, .wwk.at, müller-makler.example]
  networks: [10.0.0.0/8, 192.0.2.7, "::1/128"]
  listeners: [SUBMIT]
  authserv_id: mail.wwk.de
milter:
  socket: inet:8899@127.0.0.1
  split: unix:/run/smime-milter/split.sock
  submit: smtp:[::1]:10026
  workers: 4
  message_size_limit: 100M
  oversize: hold
outbound:
  mode: observe
  encrypt: personal-data
  without_certificate: refuse
  complete_records: refuse
  unreadable_attachments: remove
  foreign_sender: mark
  sign: false
  subject: never
  legacy_display: true
  held_deadline: 5
  held_quota: 2G
  held_retention: 90d
  four_eyes: true
inbound:
  decrypt: false
  refuse: {pgp: mark, cryptshare: accept, ftapi: refuse, scp: mark}
  claimed_own_sender: pass
  subject_marks: {pass: "[signiert]", claimed-own-sender: "[nicht von uns]"}
  restore_subject: false
certificates:
  store: postgresql://smime-milter@db.wwk.de/smime
  anchors: [mozilla-email, /etc/smime-milter/partner-ca.pem]
  activation: immediately
  holidays: {calendars: [DE, AT], extra: [12-24, 2026-05-15], except: [11-01]}
  intake: [OD.Partnervertrieb@WWK.de]
  lookup: [smimea, "ldaps://ldap.openkeys.example"]
  revocation: {mode: hard, timeout: 1.5s, stale: 0s, proxy: "http://proxy.wwk.de:3128"}
keys:
  directory: /srv/keys
  passphrase_credential: smime.keys
personal_data:
  exempt_correspondents: false
  policy_numbers: ['LV-[0-9]{8}']
  allow: [Petra Sandner]
  weights: {income: 20, first-name: 2.5}
  thresholds: {sensitive: 80}
notices:
  enabled: false
  page: https://www.wwk.de/smime
  digest: "18:30"
  texts: /srv/texts
  languages: [en]
  postmaster: postmaster@wwk.de
logging:
  journal: false
  addresses: hash
partners:
  makler.example: {encrypt: when-possible, without_certificate: hold, complete_records: hold, unreadable_attachments: pass}
  Erika@Kanzlei.example: {sign: true, signature_form: opaque, content: aes-256-gcm, key_transport: oaep, signature: pss}
"""

EVERY_VALUE = Settings(
    organisation=Organisation(
        domains=("wwk.de", ".wwk.at", "xn--mller-makler-dlb.example"),
        networks=(ip_network("10.0.0.0/8"), ip_network("192.0.2.7/32"), ip_network("::1/128")),
        listeners=("SUBMIT",), authserv_id="mail.wwk.de"),
    milter=MilterSettings(
        socket="inet:8899@127.0.0.1", split="unix:/run/smime-milter/split.sock", submit="smtp:[::1]:10026", workers=4,
        message_size_limit=100 * 1024 * 1024, oversize=Oversize.HOLD),
    outbound=Outbound(
        mode=Mode.OBSERVE, encrypt=Encrypt.PERSONAL_DATA, without_certificate=WithoutCertificate.REFUSE,
        complete_records=CompleteRecords.REFUSE, unreadable_attachments=UnreadableAttachments.REMOVE,
        foreign_sender=ForeignSender.MARK, sign=False, subject=ProtectSubject.NEVER, legacy_display=True,
        held_deadline=5, held_quota=2 * 1024**3, held_retention=90.0 * 86400, four_eyes=True),
    inbound=Inbound(
        decrypt=False, refuse=RefusedMethods(pgp=MethodPolicy.MARK, cryptshare=MethodPolicy.ACCEPT, scp=MethodPolicy.MARK),
        claimed_own_sender=ForeignSender.PASS,
        subject_marks={"pass": "[signiert]", "claimed-own-sender": "[nicht von uns]"}, restore_subject=False),
    certificates=Certificates(
        store="postgresql://smime-milter@db.wwk.de/smime", anchors=("mozilla-email", "/etc/smime-milter/partner-ca.pem"),
        activation=Activation.IMMEDIATELY,
        holidays=Holidays(calendars=("DE", "AT"), extra=("12-24", "2026-05-15"), except_=("11-01",)),
        intake=("od.partnervertrieb@wwk.de",), lookup=("smimea", "ldaps://ldap.openkeys.example"),
        revocation=Revocation(mode=RevocationMode.HARD, timeout=1.5, stale=0.0, proxy="http://proxy.wwk.de:3128")),
    keys=KeySettings(directory=Path("/srv/keys"), passphrase_credential="smime.keys"),
    personal_data=PersonalData(exempt_correspondents=False, policy_numbers=("LV-[0-9]{8}",), allow=("Petra Sandner",),
                               weights={"income": 20.0, "first-name": 2.5}, thresholds={"sensitive": 80.0}),
    notices=Notices(
        enabled=False, languages=("en",), postmaster="postmaster@wwk.de", page="https://www.wwk.de/smime", digest="18:30",
        texts=Path("/srv/texts")),
    logging=Logging(journal=False, addresses=ShownAddresses.HASH),
    partners={
        "makler.example": Partner(
            encrypt=Encrypt.WHEN_POSSIBLE, without_certificate=WithoutCertificate.HOLD, complete_records=CompleteRecords.HOLD,
            unreadable_attachments=UnreadableAttachments.PASS),
        "erika@kanzlei.example": Partner(
            sign=True, signature_form="opaque", content="aes-256-gcm", key_transport="oaep", signature="pss")},
    sha256=hashlib.sha256(EVERY_KEY.encode()).hexdigest())


def test_every_key_reaches_its_setting() -> None:
    """A file that sets every key to something else than its default is read into exactly these settings."""
    assert read(EVERY_KEY, "f") == EVERY_VALUE


def test_the_file_with_every_key_has_every_key_of_the_schema() -> None:
    """The test above misses no key, so that a new one cannot be forgotten in reading."""
    for key in _leaves(SETTINGS):
        assert f"{key.name}:" in EVERY_KEY


def _leaves(section: Section) -> Iterator[Key]:
    for key in section.keys:
        if isinstance(key.kind, Section):
            yield from _leaves(key.kind)
        else:
            yield key


def test_the_defaults_that_are_documented_are_the_defaults() -> None:
    """A file that writes every documented default means the same as one that leaves every key out."""
    written = LEAST + _written_defaults(SETTINGS, indent="")
    found = read(written, "f")
    assert isinstance(found, Settings), [str(problem) for problem in found]
    assert _without_sha256(found) == _without_sha256(settings())


def _written_defaults(section: Section, indent: str) -> str:
    lines = []
    for key in section.keys:
        if isinstance(key.kind, Section) and key.name != "organisation":
            lines.append(f"{indent}{key.name}:\n{_written_defaults(key.kind, indent + '  ')}")
        elif key.default is not None:
            lines.append(f"{indent}{key.name}: {key.default}\n")
    return "".join(lines)


def _without_sha256(found: Settings) -> Settings:
    return Settings(**{name: getattr(found, name) for name in Settings.__dataclass_fields__ if name != "sha256"})


def test_a_section_may_have_all_its_keys_commented_out() -> None:
    """`outbound:` with nothing but comments below it leaves the defaults."""
    assert settings("outbound:\n  # sign: true\n").outbound == Outbound()


def test_one_anchor_needs_no_brackets() -> None:
    """`anchors` takes one value or a list."""
    assert settings("certificates: {anchors: /etc/ca.pem}").certificates.anchors == ("/etc/ca.pem",)


@pytest.mark.parametrize("word", ["no", "off", "on", "NO", "12:30:00", "1_000", "2026-05-15x"])
def test_words_that_yaml_1_1_changed_stay_text(word: str) -> None:
    """Nothing is silently taken for a boolean, a clock or a number."""
    assert settings(f"inbound: {{subject_marks: {{pass: {word}}}}}").inbound.subject_marks == {"pass": word}


def test_off_is_a_word_where_a_word_is_wanted() -> None:
    """`mode: off` for revocation means off, not false."""
    assert settings("certificates: {revocation: {mode: off}}").certificates.revocation.mode is RevocationMode.OFF


def test_load_gives_the_digest_of_the_files_bytes(tmp_path: Path) -> None:
    """`sha256` is that of the file as it lies on disk, CRLF and byte order mark included."""
    raw = b"\xef\xbb\xbf" + LEAST.replace("\n", "\r\n").encode()
    path = tmp_path / "smime-milter.yaml"
    path.write_bytes(raw)
    found = load(path)
    assert isinstance(found, Settings)
    assert found.sha256 == hashlib.sha256(raw).hexdigest()


def test_a_file_that_is_not_there_is_one_line_with_its_name(tmp_path: Path) -> None:
    """An unreadable file is a problem with the file's name and the system's reason."""
    found = load(tmp_path / "missing.yaml")
    assert [str(problem) for problem in found] == [  # type: ignore[union-attr]
        f"{tmp_path}/missing.yaml: cannot be read: No such file or directory"]


def test_a_file_in_latin_1_is_reported_with_the_line(tmp_path: Path) -> None:
    """The first byte that is no UTF-8 is shown with its line and column."""
    path = tmp_path / "f.yaml"
    path.write_bytes(LEAST.encode() + "inbound: {subject_marks: {fail: ungültig}}".encode("latin-1"))
    assert [str(problem) for problem in load(path)] == [  # type: ignore[union-attr]
        f"{path}:4:36: is not UTF-8 here: save the file in UTF-8"]


def test_a_file_above_one_megabyte_is_not_read(tmp_path: Path) -> None:
    """The size is bounded, whatever is inside."""
    path = tmp_path / "f.yaml"
    path.write_text(LEAST + "#" * SIZE_LIMIT)
    assert "is larger than 1 MB" in str(load(path)[0])  # type: ignore[index]


def test_problems_are_bounded() -> None:
    """A file of ten thousand unknown keys is answered with the first of them."""
    assert len(faults("".join(f"k{i}: 1\n" for i in range(10_000)))) == LIMIT


def test_ten_thousand_open_brackets_are_one_problem() -> None:
    """Deep nesting ends at its limit; nothing recurses."""
    assert faults("partners: " + "[" * 10_000) == ["4:30: lists and tables are nested deeper than 20 levels"]


def test_aliases_are_not_expanded() -> None:
    """Aliases of aliases cost nothing and are errors."""
    text = "partners:\n  a.example: &a {}\n" + "".join(f"  b{i}.example: [*a, *a]\n" for i in range(50))
    assert all("alias" in line or "anchor" in line or "expected" in line for line in faults(text))


@UNHURRIED
@given(st.text(max_size=400))
def test_no_text_makes_reading_raise(text: str) -> None:
    """Whatever the file holds, the answer is settings or problems, each on one line."""
    found = read(text, "f")
    assert isinstance(found, Settings) or all("\n" not in str(problem) for problem in found)


_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(
    ["auto", "wwk.de", "10.0.0.1/8", "64M", "5s", "hold", "(a{1,9}){1,9}", "unix:/x", "inet:1@h", "a@b.example", "12-24"])
_VALUES = _SCALARS | st.lists(_SCALARS, max_size=3) | st.dictionaries(st.text(max_size=9), _SCALARS, max_size=2)
_PATHS = [(section.name, key.name) for section in SETTINGS.keys if isinstance(section.kind, Section) for key in section.kind.keys]


@UNHURRIED
@given(st.lists(st.tuples(st.sampled_from(_PATHS), _VALUES), max_size=5))
def test_no_value_under_any_key_makes_reading_raise(given_values: list[tuple[tuple[str, str], object]]) -> None:
    """Every value under every key is read or reported; an impossible type is no exception."""
    tree: dict[str, dict[str, object]] = {}
    for (section, key), value in given_values:
        tree.setdefault(section, {})[key] = value
    found = read(json.dumps(tree, ensure_ascii=False), "f")  # every JSON text is YAML
    assert isinstance(found, Settings) or all("\n" not in str(problem) for problem in found)
