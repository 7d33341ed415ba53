"""`smime-milter explain`: the pipeline's own answer, in JSON, in words and as files; nothing is changed."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from smime_milter.adapters.stores import open_store
from smime_milter.certs.reading import read
from smime_milter.cli import main
from smime_milter.config.checks import route
from smime_milter.model.outcome import Lesson
from tests.support.mails import clear_signed, encrypted, mail, ordinary, plain
from tests.support.opened import decrypted, leaves, verified
from tests.support.pki import Authority, Issued
from tests.support.places import Places
from tests.unit.cli.calling import NOW, Answer, call

CLERK, BROKER = "erika.berger@wwk.de", "sabine.thaler@makler.example"
PERSONAL = "Versicherte: Erika Beispiel, geboren am 12.03.1975, IBAN DE02 1203 0000 0000 2020 51\n"
# interface: the fixed keys; ours come on top
KEYS = {"direction", "reply", "recipients", "findings", "level", "complete_record", "signature", "learned", "method", "messages"}


def written(places: Places, octets: bytes) -> str:
    (places.home / "message.eml").write_bytes(octets)
    return str(places.home / "message.eml")


def explain(places: Places, octets: bytes, *options: str) -> Answer:
    return call(main, "--config", str(places.config), "explain", written(places, octets), *options)


def outgoing(places: Places, octets: bytes, *options: str) -> Answer:
    return explain(places, octets, "--submitted", "--sender", CLERK, "--recipient", BROKER, *options)


def told(answer: Answer) -> dict[str, Any]:
    assert answer.err == ""
    found: dict[str, Any] = json.loads(answer.out)
    return found


def know(places: Places, broker: Issued) -> None:
    store = open_store(places.store, held_key=b"k" * 32)
    certificate = read(broker.der)
    assert certificate is not None
    store.certificates.learn(Lesson(certificate=certificate, address=BROKER, message_id=""), usable_from=NOW, at=NOW)
    store.close()


def letter(text: str = PERSONAL) -> bytes:
    return mail(CLERK, BROKER, plain(text))


def test_the_object_has_the_fixed_keys(places: Places) -> None:
    """Exactly the keys scripts hold on to, and three of ours."""
    found = told(outgoing(places, ordinary(CLERK, BROKER), "--json"))
    assert set(found) == KEYS | {"unreadable", "ambiguities", "protected_headers"}
    assert found["direction"] == "outbound" and found["reply"] is None and found["signature"] is None and found["method"] is None
    assert found["recipients"] == [
        {"address": BROKER, "outcome": "signed", "reason": "no-personal-data", "certificates": [], "message": 1}]
    (message,) = found["messages"]
    assert message["number"] == 1 and message["recipients"] == [BROKER] and message["bytes"] > 500
    assert (found["level"], found["complete_record"], found["findings"], found["learned"]) == (0, False, [], [])


def test_held_mail_is_a_no(places: Places) -> None:
    """Exit status 1, no message, and findings with masks."""
    answer = outgoing(places, letter(), "--json")
    found = told(answer)
    assert answer.status == 1 and found["messages"] == [] and found["level"] >= 2
    assert found["recipients"][0]["outcome"] == "held" and found["recipients"][0]["message"] is None
    assert {"category", "where", "masked"} == set(found["findings"][0]) and "iban" in {f["category"] for f in found["findings"]}
    assert "2020" not in answer.out.replace(" ", "")


def test_refused_mail_shows_the_reply(places: Places) -> None:
    """What the SMTP client would be told, and exit status 1."""
    answer = outgoing(places, ordinary("x@evil.example", BROKER), "--json")
    assert answer.status == 1
    assert told(answer)["reply"]["code"] == "550" and told(answer)["reply"]["status"] == "5.7.1"
    assert told(answer)["recipients"][0]["outcome"] == "refused"


def test_the_message_that_would_leave(places: Places, broker: Issued, living: Authority) -> None:
    """--out writes what the MTA would send: openssl opens and verifies it."""
    know(places, broker)
    out = places.home / "out" / "deep"
    answer = outgoing(places, letter(), "--json", "--out", str(out))
    assert answer.status == 0 and told(answer)["recipients"][0]["outcome"] == "encrypted"
    assert told(answer)["recipients"][0]["certificates"] == [broker.sha256]
    (file,) = out.iterdir()
    assert file.name == "1.eml" and file.stat().st_size == told(answer)["messages"][0]["bytes"]
    assert leaves(verified(decrypted(file.read_bytes(), broker), living.root_pem)) == leaves(letter())


def test_held_mail_writes_no_file(places: Places) -> None:
    """A folder without a message says that none would leave."""
    outgoing(places, letter(), "--out", str(places.home / "out"))
    assert list((places.home / "out").iterdir()) == []


@pytest.mark.parametrize("change", [lambda octets: octets, lambda octets: octets.replace(b"\r\n", b"\n")])
def test_files_with_either_line_end(change: Any, places: Places, broker: Issued) -> None:
    """A file from a Unix editor is the same message."""
    answer = explain(places, change(clear_signed(mail(BROKER, CLERK, plain("Guten Tag\n")), broker)), "--sender", BROKER,
                     "--recipient", CLERK, "--json")
    found = told(answer)
    assert answer.status == 0 and found["direction"] == "inbound"
    assert {"result": "pass", "signer": BROKER, "reason": "good"}.items() <= found["signature"].items()
    assert found["learned"] == [broker.sha256]


def test_standard_input(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    """- reads the message from there."""
    class Input:
        buffer = io.BytesIO(ordinary(CLERK, BROKER))
    monkeypatch.setattr(sys, "stdin", Input())
    answer = call(main, "--config", str(places.config), "explain", "-", "--submitted", "--sender", CLERK, "--recipient", BROKER,
                  "--json")
    assert told(answer)["recipients"][0]["outcome"] == "signed"


@pytest.mark.parametrize("sender", ["", "<>", f"<{CLERK}>"])
def test_senders_as_mtas_write_them(sender: str, places: Places) -> None:
    """The null sender of a notice, and brackets, are understood."""
    answer = explain(places, ordinary(CLERK, BROKER), "--submitted", "--sender", sender, "--recipient", f"<{BROKER}>", "--json")
    assert told(answer)["recipients"][0]["address"] == BROKER and told(answer)["recipients"][0]["outcome"] == "signed"


@pytest.mark.parametrize(("options", "direction"), [
    ((), "inbound"), (("--client-address", "127.0.0.1"), "internal"), (("--submitted",), "internal"),
    (("--client-address", "198.51.100.1"), "inbound")])
def test_whose_client_it_is(options: tuple[str, ...], direction: str, places: Places) -> None:
    """Without a word the client is somebody outside."""
    answer = explain(places, ordinary(BROKER, CLERK), "--sender", BROKER, "--recipient", CLERK, "--json", *options)
    assert told(answer)["direction"] == direction


def test_encrypted_mail_for_us(places: Places, clerk: Issued) -> None:
    """Our own keys open it, as in the daemon."""
    out = places.home / "out"
    answer = explain(places, encrypted(mail(BROKER, CLERK, plain("Guten Tag\n")), clerk), "--sender", BROKER,
                     "--recipient", CLERK, "--json", "--out", str(out))
    assert told(answer)["recipients"][0]["outcome"] == "decrypted"
    left = (out / "1.eml").read_bytes()
    assert b"Guten Tag" in left and b"Authentication-Results: mail.wwk.de;" in left


def test_in_words(places: Places, broker: Issued) -> None:
    """A person reads the decision first, then why, step by step."""
    held = outgoing(places, letter())
    assert held.out.startswith(f"{BROKER}: held (no-certificate)\n") and held.status == 1
    assert [line[:2] for line in held.out.splitlines()[2:]] == ["1.", "2.", "3.", "4.", "5."]
    know(places, broker)
    passed = outgoing(places, letter())
    assert f"3. certificates {broker.sha256[:16]}" in passed.out and "6. message 1:" in passed.out


def test_nothing_is_changed(places: Places, broker: Issued) -> None:
    """No store is made, nothing is held or learned: only the key for held mail may be new."""
    before = set(places.home.rglob("*"))
    outgoing(places, letter())
    explain(places, clear_signed(mail(BROKER, CLERK, plain("x\n")), broker), "--sender", BROKER, "--recipient", CLERK)
    assert set(places.home.rglob("*")) - before <= {places.home / "message.eml"}


def test_a_message_beyond_the_limit(places: Places) -> None:
    """The setting decides here as well."""
    places.write(milter="  message_size_limit: 1M\n  oversize: refuse\n")
    answer = outgoing(places, mail(CLERK, BROKER, plain("x\n")) + b"x" * 1_100_000, "--json")
    assert told(answer)["reply"]["code"] == "552" and told(answer)["recipients"][0]["reason"] == "too-large"


@pytest.mark.parametrize(("arguments", "status"), [
    (("explain", "/nonexistent.eml", "--sender", "a@b.example", "--recipient", "c@d.example"), 2),
    (("explain", "-", "--recipient", "c@d.example"), 2), (("explain", "-", "--sender", "a@b.example"), 2)])
def test_usage(arguments: tuple[str, ...], status: int, places: Places) -> None:
    """What is missing is one line, and exit status 2."""
    answer = call(main, "--config", str(places.config), *arguments)
    assert answer.status == status and answer.out == "" and len(answer.err.splitlines()) == 1


def test_a_faulty_configuration(places: Places) -> None:
    """Every fault with its line, exit status 2."""
    places.write("nonsense: 1\n")
    answer = outgoing(places, letter())
    assert answer.status == 2 and "nonsense" in answer.err and str(places.config) in answer.err


def test_each_recipients_own_copy(places: Places, broker: Issued, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Postfix leads to the splitter: what each would get, as the files that would leave; without, the strictest for all."""
    know(places, broker)
    options = ("--recipient", "jonas.wimmer@wwk.de", "--recipient", "kunde@privat.example", "--json", "--out", str(tmp_path))
    together = told(outgoing(places, letter(), *options))
    assert {r["outcome"] for r in together["recipients"]} == {"held"} and together["messages"] == []
    monkeypatch.setattr(route, "look", lambda settings: ((("127.0.0.1", 25),), ""))
    split = told(outgoing(places, letter(), *options))
    assert [(r["outcome"], r["message"]) for r in split["recipients"]] == [("encrypted", 1), ("unchanged", 2), ("held", None)]
    assert [m["recipients"] for m in split["messages"]] == [[BROKER], ["jonas.wimmer@wwk.de"]]
    assert b"IBAN" not in (tmp_path / "1.eml").read_bytes() and b"IBAN" in (tmp_path / "2.eml").read_bytes()
