"""Mail encrypted with OpenPGP is recognised in every wrapping; signatures, keys and talk are not."""

from __future__ import annotations

import pytest

from smime_milter.methods import MailText, recognise
from smime_milter.model.method import Method
from tests.unit.methods.mails import (
    ARMOUR_LINES, BLOCK, CLEAR_SIGNED, ECDH_SESSION_KEY, NEW_SESSION_KEY, PASSWORD_KEY, PUBLIC_KEY, SESSION_KEY, mail, quoted,
)

MIME = ("application/pgp-encrypted", "application/octet-stream")
ARMOUR = BLOCK.encode()[:64]
DISCLAIMER = "Diese E-Mail kann vertrauliche Informationen enthalten. Danke.\n"

ENCRYPTED = {
    "mime": mail(root="multipart/encrypted", parameters={"protocol": "application/pgp-encrypted"},
                 parts=("multipart/encrypted", *MIME)),
    "mime, capitals": mail(root="Multipart/Encrypted", parameters={"protocol": "Application/PGP-Encrypted"}, parts=MIME),
    "mime, no protocol": mail(root="multipart/encrypted", parts=MIME),
    "mime, broken by a relay": mail(root="multipart/mixed", parts=("multipart/mixed", "text/plain", *MIME),
                                    names=("encrypted.asc",)),
    "mime, with the customary "
    "names": mail(root="multipart/mixed", parts=MIME, names=("PGPMIME Versions Identification", "encrypted.asc")),
    "mime, root is the version part": mail(root="application/pgp-encrypted"),
    "legacy type": mail(BLOCK, root="application/pgp"),
    "inline": mail(BLOCK),
    "inline, with version and comment": mail(BLOCK.replace("\n\n", "\nVersion: GnuPG v2\nComment: Using GnuPG\n\n", 1)),
    "inline, CRLF": mail(BLOCK.replace("\n", "\r\n")),
    "inline, greeting": mail("Hallo Frau Kunert,\n\n" + BLOCK + "\nGruß\nB. Moser\n"),
    "inline, English greeting": mail("Hi,\nplease see below.\n\n" + BLOCK + "\nBest\nTom\n"),
    "inline, disclaimer": mail(BLOCK + "\n" + DISCLAIMER),
    "inline, part of several": mail(BLOCK.replace("PGP MESSAGE", "PGP MESSAGE, PART 1/2", 1)),
    "inline, cut off": mail("-----BEGIN PGP MESSAGE-----\n\n" + "\n".join([ARMOUR_LINES] * 4)),
    "inline, text and HTML": mail(BLOCK, BLOCK, root="multipart/alternative", parts=("text/plain", "text/html")),
    "inline, answer above the "
    "quoted": mail(BLOCK + "\nAm 3.11.2026 um 10:00 schrieb Kunert:\n" + quoted("Hallo, wie besprochen.")),
    "file .pgp": mail("Siehe Anhang.", names=("Antrag.pdf.pgp",), leading=(SESSION_KEY,)),
    "file .gpg": mail("Siehe Anhang.", names=("antrag.gpg",), leading=(NEW_SESSION_KEY,)),
    "file .gpg, curve": mail("Siehe Anhang.", names=("antrag.xlsx.gpg",), leading=(ECDH_SESSION_KEY,)),
    "file .gpg, password": mail("Passwort folgt per SMS.", names=("antrag.gpg",), leading=(PASSWORD_KEY,)),
    "file encrypted.asc, armour": mail("", names=("encrypted.asc",), leading=(ARMOUR,)),
    "file .asc, armour": mail("Anbei die Liste.", names=("liste.csv.asc",), leading=(ARMOUR,)),
    "file .asc as text": mail("Anbei die Liste.", BLOCK, names=("liste.asc",), parts=("text/plain", "text/plain")),
    "file of another name": mail("Anbei.", names=("angebot.bin",), leading=(SESSION_KEY,)),
    "armour in a file of another name": mail("Anbei.", names=("angebot.dat",), leading=(ARMOUR,)),
    "armour without a name": mail("Anbei.", leading=(ARMOUR,)),
    "in a zip": mail("Anbei.", names=("antrag.zip",), leading=(b"PK\x03\x04" + bytes(26) + b"antrag.pdf.gpg\x00\x00",)),
    "beside other files": mail("Anbei.", names=("logo.png", "antrag.pgp"),
                               leading=(b"\x89PNG\r\n\x1a\n" + bytes(56), SESSION_KEY)),
}

READABLE = {
    "signed mime": mail("Der Termin passt.", root="multipart/signed", parameters={"protocol": "application/pgp-signature"},
                        parts=("multipart/signed", "text/plain", "application/pgp-signature"), names=("OpenPGP_signature.asc",)),
    "clear-signed": mail(CLEAR_SIGNED),
    "public key inline": mail("Hier mein Schlüssel:\n\n" + PUBLIC_KEY),
    "public key file": mail("Anbei mein Schlüssel.", names=("OpenPGP_0x1122334455667788.a"
                                                            "sc",), parts=("text/plain", "application/pgp-keys"),
                            leading=(b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nxsFNBGN",)),
    "public key binary": mail("Anbei mein Schlüssel.", names=("pubring.gpg",),
                              leading=(bytes.fromhex("99020d0463a1b2c3011000") + b"\x55" * 53,)),
    "autocrypt": mail("Guten Tag, der Termin passt.", autocrypt="addr=moser@makler.example; keydata=xsFNBGN"),
    "openpgp field": mail("Guten Tag.", openpgp="id=1122334455667788; url=https://makler.example/key.asc"),
    "signature file": mail("Anbei das Paket.", names=("paket.tar.gz", "paket.tar.gz.sig"),
                           leading=(b"\x1f\x8b\x08" + bytes(60), b"\x89\x02\x33\x04\x00\x01" + bytes(58))),
    "quoted block": mail("Das kann ich nicht lesen.\n\n" + quoted(BLOCK)),
    "doubly quoted block": mail("Das auch nicht.\n\n" + quoted(BLOCK, "> > ")),
    "block below a reply head": mail("Das kann ich leider nicht lesen, bitte S/MIME.\n\n-----Ursprüngliche "
                                     "Nachricht-----\nVon: Moser\n" + BLOCK),
    "block below a forward head": mail("FYI, can you read this?\n\nFrom: Tom <tom@kanzlei.example>\nSent: Monday\nTo: "
                                       "us\n\n" + BLOCK),
    "block below attribution": mail("Bitte nochmal senden.\n\nAm 17.11.2026 um 16:02 schrieb Moser:\n" + BLOCK),
    "discussion with an example": mail(
        "Guten Tag Herr Moser,\n\nunser Filter hat gestern eine Nachricht zurückgewiesen, deren Inhalt so begann wie unten "
        "gezeigt. Können Sie mir sagen, mit welchem Programm "
        "sie erzeugt wurde und ob der Absender wusste, dass wir nur S/MIME lesen können? Die Fachabteilung wartet seit "
        "einer Woche auf die Unterlagen.\n\n" + BLOCK
    ),
    "abridged example": mail("-----BEGIN PGP MESSAGE-----\n[... hier steht der verschlüsselte Inhalt, wir kürzen ab "
                             "...]\n-----END PGP MESSAGE-----"),
    "named": mail("Wir nutzen PGP. Können Sie PGP-verschlüsselte Nachrichten lesen?", subject="PGP"),
    "named in English": mail("Do you accept PGP? We could send you our key.", subject="OpenPGP"),
    "marker in the middle of a line": mail("Suchen Sie nach -----BEGIN PGP MESSAGE----- im Quelltext."),
    "forwarded as attachment": mail("Zur Kenntnis.", root="multipart/mixed",
                                    parts=("multipart/mixed", "text/plain", "message/rfc822", "multipart/encrypted", *MIME),
                                    names=("encrypted.asc",), leading=(ARMOUR,)),
    "S/MIME": mail(root="application/pkcs7-mime", parameters={"smime-type": "enveloped-data"}, names=("smime.p7m",),
                   leading=(b"0\x82\x03\x10\x06\x09*\x86H\x86\xf7\r\x01\x07\x03" + bytes(47),)),
    "other encrypted multipart": mail(root="multipart/encrypted", parameters={"protocol": "application/x-other"}),
    "zip": mail("Anbei.", names=("antrag.zip",), leading=(b"PK\x03\x04" + bytes(26) + b"antrag.pdf\x00\x00",)),
    "JPEG": mail("Anbei.", names=("foto.jpg",), leading=(b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(54),)),
    "PNG": mail("Anbei.", names=("bild.png",), leading=(b"\x89PNG\r\n\x1a\n" + bytes(56),)),
    "old Office": mail("Anbei.", names=("alt.doc",), leading=(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(56),)),
    "random octets": mail("Anbei.", names=("messung.bin",), leading=(bytes(range(0x84, 0x84 + 64)),)),
    "empty": mail(""),
}


@pytest.mark.parametrize("message", ENCRYPTED.values(), ids=ENCRYPTED)
def test_encrypted_mail_is_recognised(message: MailText) -> None:
    """Whatever wrapping the encrypted content has, the method is PGP."""
    method, score = recognise(message)
    assert (method, score >= 4) == (Method.PGP, True)


@pytest.mark.parametrize("message", READABLE.values(), ids=READABLE)
def test_readable_mail_is_not_refused(message: MailText) -> None:
    """Signatures, keys, preferences, quotations and talk leave the method unnamed."""
    method, score = recognise(message)
    assert method is None
    assert score <= 3


@pytest.mark.parametrize("name",
                         ["signed mime", "clear-signed", "public key inline", "public key file", "quoted block", "autocrypt"])
def test_traces_of_pgp_are_noted(name: str) -> None:
    """What is signed or carries a key is worth a note, a quoted block is not."""
    expected = {"quoted block": 0, "autocrypt": 1}.get(name, 2)
    assert recognise(READABLE[name])[1] == expected
