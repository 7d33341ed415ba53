"""The sample mails in the order they are sent, and what is to become of each.

A sample that is to arrive signed or encrypted is its plain inside here; `made` says what the sender's
mail program does to it at run time, with the throw-away CA.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from tests.support.people import ERIKA, FREMDER, GUTACHTER, JONAS, KANZLEI, MAKLERIN

FOLDER = Path(__file__).parent
PRIVATE = "erika.berger@privatpost.example"
FASOLD = "i.fasold@vorsorge.example"


class Made(Enum):
    """What the sender's mail program did before the mail came to us."""

    AS_IT_IS = "as it is"
    SIGNED = "signed"
    OPAQUE = "signed opaquely"
    ALTERED = "signed, then altered on the way"
    ENCRYPTED = "encrypted in the mail program"
    SIGNED_AND_ENCRYPTED = "signed and encrypted"


@dataclass(frozen=True, kw_only=True)
class Expected:
    """`outcome` and `reason` as in the journal; `signature` and `notice` are what an inbound reader is shown."""

    outcome: str
    reason: str
    signature: str = ""
    notice: str = ""
    shown_class: str = ""
    learns: bool = False
    hides_subject: bool = False


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One mail; `about` is one line for the table. `encrypted_to` are whose keys open it before we see it."""

    rule: str
    name: str
    about: str
    sender: str
    recipients: tuple[str, ...]
    expected: Expected
    is_outside: bool = False
    has_tls: bool = False
    made: Made = Made.AS_IT_IS
    alter: tuple[bytes, bytes] = (b"", b"")
    encrypted_to: tuple[str, ...] = ()

    @property
    def octets(self) -> bytes:
        return (FOLDER / f"{self.name}.eml").read_bytes()


def _out(
    rule: str, name: str, about: str, outcome: str, reason: str, *,
    sender: str = ERIKA, to: tuple[str, ...] = (GUTACHTER,), hides_subject: bool = False,
    made: Made = Made.AS_IT_IS, encrypted_to: tuple[str, ...] = (),
) -> Sample:
    expected = Expected(outcome=outcome, reason=reason, hides_subject=hides_subject)
    return Sample(rule=rule, name=name, about=about, sender=sender, recipients=to, expected=expected,
                  made=made, encrypted_to=encrypted_to)


def _in(
    rule: str, name: str, about: str, expected: Expected, *,
    sender: str = MAKLERIN, has_tls: bool = False, made: Made = Made.AS_IT_IS,
    alter: tuple[bytes, bytes] = (b"", b""), encrypted_to: tuple[str, ...] = (),
) -> Sample:
    return Sample(rule=rule, name=name, about=about, sender=sender, recipients=(ERIKA,), expected=expected, is_outside=True,
                  has_tls=has_tls, made=made, alter=alter, encrypted_to=encrypted_to)


def _delivered(signature: str = "none", *, notice: str = "", shown_class: str = "", learns: bool = False) -> Expected:
    return Expected(outcome="unchanged", reason="delivered", signature=signature, notice=notice,
                    shown_class=shown_class, learns=learns)


def _refused(reason: str) -> Expected:
    return Expected(outcome="refused", reason=reason)


SAMPLES: tuple[Sample, ...] = (
    _out("R1", "r1-fremder-absender", "clerk writes as @privatpost.example", "refused", "foreign-sender", sender=PRIVATE),
    _in("R1", "r1-unsere-adresse-von-aussen", "from outside, claims to be vorstandsbuero@wwk.de",
        _delivered(notice="claimed-own-sender"), sender="bounce@mailer.example"),
    _out("R5", "r5-terminverlegung", "ordinary mail, text and HTML", "signed", "no-personal-data"),
    _out("R5", "r5-unterlagen-8bit", "ordinary mail from wwk.at, ISO-8859-1 in 8bit", "signed", "no-personal-data", sender=JONAS),
    _out("R3", "r3-schaden-ohne-zertifikat", "name, birth date, IBAN; no certificate known", "held", "no-certificate"),
    _out("R4", "r4-antrag-ausgefuellt", "completed application, to a broker not yet known",
         "held", "completed-record", to=(MAKLERIN,)),
    _in("R6", "r6-maklerin-signiert", "the broker's first signed mail",
        _delivered("pass", shown_class="mailbox", learns=True), has_tls=True, made=Made.SIGNED),
    _out("R2", "r2-angebot-mit-anhang", "offer with PDF and quoted chain, IBAN, birth date",
         "encrypted", "certificate-found", to=(MAKLERIN,), hides_subject=True),
    _out("R7", "r7-antwort-am-selben-tag", "ordinary reply to the broker", "encrypted", "certificate-found", to=(MAKLERIN,)),
    _out("R2", "r2-zwei-empfaenger", "personal data to two, one without certificate",
         "held", "no-certificate", to=(MAKLERIN, GUTACHTER)),
    _in("R8", "r8-kanzlei-kleinste-ausfuehrung", "law firm's opaque signature, certificate of the smallest kind",
        _delivered("pass", shown_class="mailbox", learns=True), sender=KANZLEI, made=Made.OPAQUE),
    _out("R2", "r2-in-outlook-verschluesselt", "personal data, encrypted by the clerk in Outlook",
         "already-encrypted", "enveloped-by-sender", to=(KANZLEI,), made=Made.ENCRYPTED, encrypted_to=(KANZLEI, ERIKA)),
    _in("R9", "r9-nachtraeglich-veraendert", "signed, account number altered on the way",
        _delivered("fail"), made=Made.ALTERED, alter=(b"Konto 11.", b"Konto 77.")),
    _in("R9", "r9-gefaelschter-pruefvermerk", "unsigned, brings its own smime=pass header", _delivered()),
    _in("R9", "r9-fremde-zertifizierungsstelle", "signed below a CA nobody trusts",
        _delivered("fail"), sender=FREMDER, made=Made.SIGNED),
    _in("R9", "r9-verschluesselt-an-uns", "signed and encrypted to the clerk",
        Expected(outcome="decrypted", reason="own-key-found", signature="pass", shown_class="mailbox"),
        has_tls=True, made=Made.SIGNED_AND_ENCRYPTED, encrypted_to=(ERIKA,)),
    _in("R12", "r12-pgp-mime", "PGP/MIME", _refused("method-pgp"), sender=FASOLD),
    _in("R12", "r12-pgp-im-text", "PGP message in the text", _refused("method-pgp"), sender=FASOLD),
    _in("R12", "r12-cryptshare", "Cryptshare notification", _refused("method-cryptshare"), sender="cryptshare@bank.example"),
    _in("R12", "r12-ftapi", "FTAPI SecuMails notification", _refused("method-ftapi"), sender="noreply@secumails.klinik.example"),
    _in("R12", "r12-scp", "\"fetch it over scp\"", _refused("method-scp"), sender="betrieb@rz.example"),
    _in("R12", "r12-frage-nach-methoden", "harmless mail that names and quotes all four", _delivered(), sender=FASOLD),
    _in("R13", "r13-mit-tls", "ordinary mail over TLS", _delivered(), sender=GUTACHTER, has_tls=True),
    _in("R13", "r13-ohne-tls", "ordinary mail without TLS", _delivered(), sender=GUTACHTER),
    _out("-", "intern-mit-personendaten", "personal data between colleagues", "unchanged", "internal", to=(JONAS,)),
    _out("-", "leer", "a mail without text", "signed", "no-personal-data"),
)
