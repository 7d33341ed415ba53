"""The one model of the configuration: every key with its kind, default and meaning.

Reading, smime-milter.yaml(5) and the shipped example are all made from this table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from smime_milter.config import units, values
from smime_milter.config.kinds import Boolean, Choice, Key, ListOf, Section, TableOf, Written
from smime_milter.config.patterns import bounded
from smime_milter.config.problem import Wrong, nearest, quoted
from smime_milter.model import settings
from smime_milter.personal_data.weighing import THRESHOLDS, WEIGHTS

DOMAIN = Written("a domain", values.domain)
NETWORK = Written("a network such as 192.0.2.0/24", values.network)
ADDRESS = Written("a mail address", values.address)
DAY = Written("a day as MM-DD or YYYY-MM-DD", values.day)
SIZE = Written("a size such as 64M", units.bounded_size, takes_numbers=True)
NUMBER = Written("a number from 0 to 1000", values.weight, takes_numbers=True)
DURATION = Written("a duration such as 5s", units.bounded_duration, takes_numbers=True)
STATES = ("BW", "BY", "BE", "BB", "HB", "HH", "HE", "MV", "NI", "NW", "RP", "SL", "SN", "ST", "SH", "TH")
CALENDARS = ("DE", *(f"DE-{state}" for state in STATES), "AT")
MARKS = ("pass", "fail", "policy", "neutral", "temperror", "permerror", "none", "claimed-own-sender")


def mark(name: str) -> str:
    """A result that can be shown in the Subject."""
    if name not in MARKS:
        raise Wrong(f"unknown key {quoted(name)}.{nearest(name, MARKS) or ' Possible are ' + ', '.join(MARKS) + '.'}")
    return name


def one_of(known: Mapping[str, float]) -> Callable[[str], str]:
    """A converter that takes these names only."""
    def name(text: str) -> str:
        if text not in known:
            raise Wrong(f"unknown key {quoted(text)}.{nearest(text, tuple(known)) or ' Possible are ' + ', '.join(known) + '.'}")
        return text
    return name


def listed_numbers(numbers: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {number:g}" for name, number in numbers.items())


ORGANISATION = Section(target=settings.Organisation, keys=(
    Key(name="domains", kind=ListOf(kind=DOMAIN, least=1), default=None, example="[wwk.de, wwk.at]",
        meaning="Our domains: mail from them is ours, mail that claims to be is checked."
                " A leading dot includes the subdomains.",
        why="Add every domain your people write from; .wwk.de with a leading dot includes its subdomains."),
    Key(name="networks", kind=ListOf(kind=NETWORK), default=None, example="[127.0.0.0/8, \"::1/128\"]",
        meaning="Clients in these networks submit mail as us. Clients that logged in always do.",
        why="Add the internal mail servers that submit through this host; clients that log in need no entry."),
    Key(name="listeners", kind=ListOf(kind=Written("a service name", values.listener)), default="[]", example="[SUBMIT]",
        meaning="Mail that comes in through these services of the MTA is ours whatever the client's address; the name is what"
                " milter_macro_daemon_name says in master.cf."),
    Key(name="authserv_id", kind=Written("a host name", values.authserv_id), default='""', example="mail.wwk.de",
        meaning="The name that stands first in our Authentication-Results fields. Empty: this host's full name. Give several"
                " gateways the same name if each should trust what the others wrote."),
))

MILTER = Section(target=settings.MilterSettings, keys=(
    Key(name="socket", kind=Written("auto, unix:PATH or inet:PORT@HOST", values.milter_socket), default="auto",
        example="inet:8899@127.0.0.1",
        meaning="Where the MTA reaches us. auto: /var/spool/postfix/smime-milter/milter.sock where Postfix is, else"
                " /run/smime-milter/milter.sock. Over inet a changed message waits 44 ms, and any local process can connect."),
    Key(name="split", kind=Written("auto, off or unix:PATH", values.split_socket), default="auto",
        meaning="The LMTP socket where Postfix hands over mail whose recipients need different treatment. auto: split.sock beside"
                " the milter's own. off: the strictest treatment any of them needs holds for all of them."),
    Key(name="submit", kind=Written("smtp:HOST:PORT", values.submit), default="smtp:127.0.0.1:10026",
        meaning="An SMTP service without this milter, for copies, notices and released mail."),
    Key(name="workers", kind=Written("auto or a number from 1 to 64", values.workers, takes_numbers=True), default="auto",
        meaning="Processes that read and change mail. auto: one per processor core."),
    Key(name="message_size_limit", kind=SIZE, default="64M",
        meaning="What is larger is not read; oversize decides about it. At least 64k, at most 1G."),
    Key(name="oversize", kind=Choice(settings.Oversize), default="tempfail",
        meaning="What happens to mail above message_size_limit: it is put off, refused, or held."),
))

OUTBOUND = Section(target=settings.Outbound, keys=(
    Key(name="mode", kind=Choice(settings.Mode), default="enforce",
        meaning="observe decides and writes it down but changes no mail, for the first week.",
        why="Take observe for the first week: it decides and logs but changes no mail."),
    Key(name="encrypt", kind=Choice(settings.Encrypt), default="when-possible",
        meaning="Encrypt whenever all recipients have a certificate, or only mail with personal data.",
        why="Take personal-data if recipients with a certificate should get mail without personal data readable."),
    Key(name="without_certificate", kind=Choice(settings.WithoutCertificate), default="pseudonymise",
        meaning="What happens to mail with personal data when a recipient has no usable certificate. Until pseudonymising exists,"
                " pseudonymise holds the mail.",
        why="Take hold or refuse if no mail with personal data may leave without a certificate, not even pseudonymised."),
    Key(name="complete_records", kind=Choice(settings.CompleteRecords), default="hold",
        meaning="What happens to a completed offer or application that cannot be encrypted."),
    Key(name="unreadable_attachments", kind=Choice(settings.UnreadableAttachments), default="hold",
        meaning="What happens to mail with an attachment nobody can look into (encrypted archive, unknown format) that cannot be"
                " encrypted. Until attachments can be removed, remove holds the mail."),
    Key(name="foreign_sender", kind=Choice(settings.ForeignSender), default="refuse",
        meaning="What happens to mail of our clients with a sender outside organisation.domains."),
    Key(name="sign", kind=Boolean(), default="true",
        meaning="Sign outbound mail with the sender's or the domain's key, so that every partner receives our certificate."),
    Key(name="subject", kind=Choice(settings.ProtectSubject), default="when-personal",
        meaning="When the Subject of encrypted mail moves inside (RFC 9788)."),
    Key(name="legacy_display", kind=Boolean(), default="false",
        meaning="Repeat a Subject that moved inside in the first line of the text, for readers whose program does not show it."),
    Key(name="held_deadline", kind=Written("a number of working days from 1 to 30", values.working_days, takes_numbers=True),
        default="3", meaning="Working days after which mail that still waits goes back to its sender with help."),
    Key(name="held_quota", kind=Written("a size such as 1G", units.quota, takes_numbers=True), default="1G",
        meaning="How much mail may wait at one time, from 1M to 1024G. When it is full, mail that would have to wait is put off"
                " (451) and stays with the client."),
    Key(name="held_retention", kind=Written("a duration such as 30d", units.retention, takes_numbers=True), default="30d",
        meaning="How long it is known what became of a held mail, from 7d to 3650d. Its content is deleted at once."),
    Key(name="four_eyes", kind=Boolean(), default="false",
        meaning="Whether a second person must agree before held mail is released as it was written."),
))

METHOD = Choice(settings.MethodPolicy)
REFUSE = Section(target=settings.RefusedMethods, keys=tuple(
    Key(name=name, kind=METHOD, default="refuse", meaning=f"Incoming mail that uses {title}.")
    for name, title in (("pgp", "PGP"), ("cryptshare", "Cryptshare"), ("ftapi", "FTAPI"), ("scp", "SCP"))))

INBOUND = Section(target=settings.Inbound, keys=(
    Key(name="decrypt", kind=Boolean(), default="true",
        meaning="Decrypt incoming mail when every recipient's key is ours."),
    Key(name="refuse", kind=REFUSE, default="{pgp: refuse, cryptshare: refuse, ftapi: refuse, scp: refuse}",
        meaning="Per method: refuse with a text that says what to use instead, mark, or accept.",
        why="Set a method to mark or accept if a partner cannot do without it yet."),
    Key(name="claimed_own_sender", kind=Choice(settings.ForeignSender), default="mark",
        meaning="What happens to mail from outside whose From claims one of our domains."),
    Key(name="subject_marks",
        kind=TableOf(names=mark, kind=Written("a text", values.text), word="a table of result and text"),
        default="{}", example='{pass: "[signiert]", fail: "[Signatur ungültig]"}',
        meaning="Text put in front of the Subject, by the result of checking the signature. Results: " + ", ".join(MARKS) + "."),
    Key(name="restore_subject", kind=Boolean(), default="true",
        meaning="Give decrypted mail the Subject that was protected inside it (RFC 9788)."),
))

HOLIDAYS = Section(target=settings.Holidays, keys=(
    Key(name="calendars", kind=ListOf(kind=Choice(CALENDARS)), default="[DE-BY, AT]",
        meaning="Public holidays in any of these are no working days. Germany: DE, or DE- and the state as in DE-BY."),
    Key(name="extra", kind=ListOf(kind=DAY), default="[12-24, 12-31]", meaning="Further days that are no working days."),
    Key(name="except", kind=ListOf(kind=DAY), default="[]", meaning="Public holidays on which we work nevertheless."),
))

REVOCATION = Section(target=settings.Revocation, keys=(
    Key(name="mode", kind=Choice(settings.RevocationMode), default="soft",
        meaning="off: never ask; soft: an answer that does not come changes nothing; hard: it makes the certificate unusable."),
    Key(name="timeout", kind=DURATION, default="5s",
        meaning="How long a server may be silent, at most 60s; a whole download gets twice as long. No mail waits for it."),
    Key(name="stale", kind=Written("a duration such as 3d", units.grace, takes_numbers=True), default="3d",
        meaning="How long mode hard still believes a list after its end when no newer one can be had, up to 30d."),
    Key(name="proxy", kind=Written("http://HOST:PORT or nothing", values.proxy), default='""', example="http://proxy.wwk.de:3128",
        meaning="The HTTP proxy through which lists and missing CA certificates are fetched. Empty: directly."),
))

CERTIFICATES = Section(target=settings.Certificates, keys=(
    Key(name="store", kind=Written("sqlite:////PATH or postgresql://…", values.store),
        default="sqlite:////var/lib/smime-milter/certificates.db", example="postgresql://smime-milter@db.wwk.de/smime",
        meaning="The database of partners' certificates and held mail; PostgreSQL if several gateways share it."),
    Key(name="anchors",
        kind=ListOf(kind=Written("mozilla-email or the path of a PEM file", values.anchors), least=1, or_single=True),
        default="mozilla-email", example="[mozilla-email, /etc/smime-milter/partner-ca.pem]",
        meaning="Whose certificates are trusted: Mozilla's list for e-mail (not that for TLS), PEM files, or both."),
    Key(name="activation", kind=Choice(settings.Activation), default="next-working-day",
        meaning="When a learned certificate is used for the first time.",
        why="Take immediately if a partner's first signed mail should be answered encrypted on the same day."),
    Key(name="holidays", kind=HOLIDAYS, default="{calendars: [DE-BY, AT], extra: [12-24, 12-31], except: []}",
        meaning="What is no working day, besides Saturday and Sunday."),
    Key(name="intake", kind=ListOf(kind=ADDRESS), default="[]", example="[od.partnervertrieb@wwk.de, smime@wwk.de]",
        meaning="Addresses to which partners send domain certificates.",
        why="Name the mailboxes to which partners send their domain certificates."),
    Key(name="lookup", kind=ListOf(kind=Written("smimea, ldap://HOST or ldaps://HOST", values.lookup)), default="[]",
        meaning="Where certificates of unknown recipients are looked for. Not used yet."),
    Key(name="revocation", kind=REVOCATION, default="{mode: soft, timeout: 5s, stale: 3d}",
        meaning="Asking whether a certificate was revoked."),
))

KEYS = Section(target=settings.KeySettings, keys=(
    Key(name="directory", kind=Written("an absolute path", values.path), default="/etc/smime-milter/keys",
        meaning="Our own keys: ADDRESS.p12, ADDRESS.pem, DOMAIN.p12 or DOMAIN.pem, one per file."),
    Key(name="passphrase_credential", kind=Written("a credential name", values.credential), default="keys",
        meaning="The systemd credential that holds the passphrase of the .p12 files."),
))

PERSONAL_DATA = Section(target=settings.PersonalData, keys=(
    Key(name="exempt_correspondents", kind=Boolean(), default="true",
        meaning="What identifies only sender and recipient themselves does not count as personal data."),
    Key(name="policy_numbers", kind=ListOf(kind=Written("a regular expression", bounded), most=100), default="[]",
        example="[\"LV-[0-9]{8}\"]",
        meaning="Regular expressions for the insurer's own numbers; repetitions need an upper bound.",
        why="Write the formats of your own policy and claim numbers; nobody else can know them."),
    Key(name="allow", kind=ListOf(kind=Written("a text", values.text), most=10000), default="[]",
        example='["Petra Sandner", "DE02 1203 0000 0000 2020 51"]',
        meaning="What never counts: names of staff and products, our own account numbers. Case, spaces and punctuation are no"
                " difference."),
    Key(name="weights", kind=TableOf(names=one_of(WEIGHTS), kind=NUMBER, word="a table of category and number"), default="{}",
        example="{income: 20}",
        meaning=f"How much one value of a category adds to the score. Defaults: {listed_numbers(WEIGHTS)}."),
    Key(name="thresholds", kind=TableOf(names=one_of(THRESHOLDS), kind=NUMBER, word="a table of name and number"), default="{}",
        example="{sensitive: 80}",
        meaning="From which score a level begins, and how many dimensions and health answers make a completed record. Defaults:"
                f" {listed_numbers(THRESHOLDS)}."),
))

NOTICES = Section(target=settings.Notices, keys=(
    Key(name="enabled", kind=Boolean(), default="true",
        meaning="Tell people by mail what became of their mail. They are sent through milter.submit."),
    Key(name="languages", kind=ListOf(kind=Choice(("de", "en")), least=1, most=2), default="[de, en]",
        meaning="Languages of notices and replies, in this order."),
    Key(name="postmaster", kind=Written("a mail address", values.address_or_nothing), default='""', example="postmaster@wwk.de",
        meaning="The address that notices come from and name for questions. Empty: no notice is sent, and held mail does not go"
                " back to its sender by itself.",
        why="Name the mailbox that answers questions about refused and held mail."),
    Key(name="page", kind=Written("a web address", values.page), default='""', example="https://www.wwk.de/smime",
        meaning="A page that explains S/MIME to partners; notices to them name it."),
    Key(name="digest", kind=Written("a time as HH:MM, or never", values.time_of_day), default="07:00", example="never",
        meaning="When, on a working day, every sender and the postmaster are told what of theirs still waits, and whose"
                " certificate ends within 30 days. never: neither is told."),
    Key(name="texts", kind=Written("an absolute path", values.path), default="/etc/smime-milter/notices",
        meaning="A folder with edited copies of the texts; what is not there is as shipped."),
))

LOGGING = Section(target=settings.Logging, keys=(
    Key(name="journal", kind=Boolean(), default="true",
        meaning="Write to the systemd journal; false: JSON lines on standard error."),
    Key(name="addresses", kind=Choice(settings.ShownAddresses), default="plain",
        meaning="How addresses appear in the log: as they are, only the domain, or a keyed hash.",
        why="Take domain or hash if the log must not show who wrote to whom."),
))

PARTNER = Section(target=settings.Partner, word="a table of what differs", keys=(
    Key(name="encrypt", kind=Choice(settings.Encrypt), default="", meaning="As outbound.encrypt."),
    Key(name="without_certificate", kind=Choice(settings.WithoutCertificate), default="",
        meaning="As outbound.without_certificate."),
    Key(name="complete_records", kind=Choice(settings.CompleteRecords), default="", meaning="As outbound.complete_records."),
    Key(name="unreadable_attachments", kind=Choice(settings.UnreadableAttachments), default="",
        meaning="As outbound.unreadable_attachments."),
    Key(name="sign", kind=Boolean(), default="", meaning="As outbound.sign."),
    Key(name="signature_form", kind=Choice(("clear", "opaque")), default="",
        meaning="clear can be read by every program; opaque survives relays that alter text."),
    Key(name="content", kind=Choice(("aes-256-cbc", "aes-256-gcm", "aes-128-cbc")), default="",
        meaning="How content is encrypted. Outlook cannot open aes-256-gcm."),
    Key(name="key_transport", kind=Choice(("rsa", "oaep")), default="", meaning="How the content key is encrypted to RSA keys."),
    Key(name="signature", kind=Choice(("rsa", "pss")), default="", meaning="How RSA keys sign."),
))

SETTINGS = Section(target=settings.Settings, keys=(
    Key(name="organisation", kind=ORGANISATION, default=None, meaning="Who we are."),
    Key(name="milter", kind=MILTER, default="{}", meaning="How the MTA and the milter reach each other."),
    Key(name="outbound", kind=OUTBOUND, default="{}", meaning="Mail from us to others."),
    Key(name="inbound", kind=INBOUND, default="{}", meaning="Mail from others to us."),
    Key(name="certificates", kind=CERTIFICATES, default="{}", meaning="Partners' certificates."),
    Key(name="keys", kind=KEYS, default="{}", meaning="Our own keys."),
    Key(name="personal_data", kind=PERSONAL_DATA, default="{}", meaning="What counts as personal data."),
    Key(name="notices", kind=NOTICES, default="{}", meaning="Texts that people read."),
    Key(name="logging", kind=LOGGING, default="{}", meaning="Records for administrators and reviewers."),
    Key(name="partners", kind=TableOf(names=values.partner, kind=PARTNER, word="a table by domain or address"), default="{}",
        example="{makler.example: {without_certificate: hold}}",
        meaning="What differs for one domain or address; an address counts more than its domain.",
        why="Name a domain or address for which other settings hold."),
))

# Section of every key that exists in one section only: for those who indent a key into the wrong one.
_PLACES = [(key.name, section.name) for section in SETTINGS.keys if isinstance(section.kind, Section)
           for key in section.kind.keys]
HOMES = {name: section for name, section in _PLACES if [n for n, _ in _PLACES].count(name) == 1}
