"""Notifications of file portals and instructions for file channels are recognised; talk about them never is."""

from __future__ import annotations

import pytest

from smime_milter.methods import MailText, recognise
from smime_milter.model.method import Method
from tests.unit.methods.mails import mail, quoted

ID = "Xk3P9qLm2ZtRb7WcYv"
C_LINK = f"https://transfer.kanzlei.example/download1?id={ID}"
C_HOST = "https://cryptshare.kanzlei.example/Start?token=8f3k2m"
C_UPLOAD = "https://files.makler.example/Upload1?to=clerk%40wwk.de"
C_API = "https://daten.makler.example/api/users/a%40makler.example/transfers/20261117-ABCDEF/"
C_NEUTRAL = f"https://austausch.makler.example/p/{ID}"
F_LINK = f"https://kanzlei.ftapi.com/download/{ID}"
F_OWN = f"https://ftapi.makler.example/#/download/{ID}"
F_SUBMIT = f"https://kanzlei.ftapi.com/submitbox/{ID}"
F_NEUTRAL = f"https://sicher.makler.example/delivery/{ID}"
TEXTS_C = (
    "Guten Tag,\n\nAnna Berg hat Ihnen Dateien mit Cryptshare bereitgestellt.\n{link}\nAbruf bis 30.11.2026. Das Passwort "
    "erhalten Sie telefonisch.\n",
    "Hello,\n\nAnna Berg has sent you a Cryptshare transfer.\n{link}\nYou need the password. Available until 30 November.\n",
    "Vertrauliche Nachricht\n\nZum Herunterladen öffnen Sie bitte:\n{link}\nPasswort: wird separat mitgeteilt.\n-- "
    "\nPowered by Cryptshare\n",
    "Sie haben einen neuen Transfer erhalten. Download:\n{link}\n\nCryptshare - der sichere Dateiaustausch\n",
    "You have received a confidential message via Cryptshare. Retrieve it here:\n{link}\n",
)
TEXTS_F = (
    "Guten Tag,\n\nAnna Berg hat Ihnen eine Zustellung über FTAPI gesendet.\n{link}\nSicherheitsstufe: 2\n",
    "Sie haben eine SecuMail erhalten. Nachricht lesen:\n{link}\n",
    "Anna Berg sent you a new delivery with FTAPI SecuMails. Download:\n{link}\nSecurity level: 3\n",
    "Ihnen wurden Dateien bereitgestellt. Bitte mit Ihrem SecuPass abrufen:\n{link}\n",
    "Bitte Unterlagen über die SubmitBox hochladen:\n{link}\nDas Ticket gilt sieben Tage.\n",
)
SCP_TARGETS = (
    "sftp://sftp.makler.example/eingang/", "scp://kunde@files.kanzlei.example:22/pfad/datei.zip", "sftp://partner@192.0.2.7/out",
    "scp partner@sftp.kanzlei.example:/out/bestand.csv .", "sftp -P 2222 wwk@transfer.makler.example:",
)
TEXTS_S = (
    "Guten Tag, die Bestandsliste liegt zum Abholen "
    "bereit:\n{link}\n", "Please download the file from {link} . Username: wwk, password by phone.\n",
    "Bitte laden Sie die Datei hier herunter: {link}\nZugangsdaten "
    "folgen.\n", "Die Daten holen Sie bitte über Port 22 ab.\n{link}\n",
    "The export is available at\n{link}\nCredentials as usual.\n",
)

NOTIFICATIONS: list[tuple[Method, MailText]] = [
    *((Method.CRYPTSHARE, mail(text.format(link=link))) for text in TEXTS_C for link in (C_LINK, C_HOST, C_UPLOAD, C_API,
                                                                                         C_NEUTRAL)),
    (Method.CRYPTSHARE, mail(f"Vertrauliche Nachricht\n{C_LINK}\nPasswort folgt.", from_="Cryptshare <noreply@kanzlei.example>")),
    (Method.CRYPTSHARE, mail(f"Confidential message\n{C_LINK}\nPassword by phone.", x_mailer="Cryptshare Server")),
    (Method.CRYPTSHARE, mail(f"Ihre Dateien können heruntergeladen werden.\n{C_LINK}\nDownload bis "
                             f"Freitag.", message_id="<1.cryptshare@kanzlei.example>")),
    (Method.CRYPTSHARE, mail(f"Vertrauliche Nachricht: Download mit Passwort\n{C_LINK}\n")),
    *((Method.FTAPI, mail(text.format(link=link))) for text in TEXTS_F for link in (F_LINK, F_OWN, F_SUBMIT,
                                                                                    f"https://data.makler.example/ftapi/{ID}")),
    *((Method.FTAPI, mail(text.format(link=F_NEUTRAL))) for text in TEXTS_F),
    (Method.FTAPI, mail(f"Sie haben eine sichere Nachricht erhalten. Hier "
                        f"abrufen:\n{F_LINK}\n", from_="sicherermailversand@kanzlei.example")),
    *((Method.SCP, mail(text.format(link=link))) for text in TEXTS_S for link in SCP_TARGETS),
    (Method.SCP, mail("Die Datei liegt bereit.\nBenutzer: wwk\nPasswort per SMS\nSFTP://SFTP.MAKLER.EXAMPLE/out")),
]

PAGE = (
    "Nicht akzeptiert werden folgende Verschlüsselungs-Methoden\nPGP\nCryptshare\nFTAPI\nSCP\nBitte nutzen Sie S/MIME. Das "
    "Passwort und der Download im Portal:\n"
    "https://www.wwk.de/verschluesselung/start-der-seite-mit-langem-namen"
)
LONG_MAIL = "Sehr geehrte Frau Kunert, zur Versicherung des Vereinsheims brauchen wir noch die Flächenangaben und den Plan. " * 14
NEGATIVES = {
    "Cryptshare named": mail("Können wir Ihnen die Unterlagen auch über Cryptshare schicken?", subject="Cryptshare"),
    "Cryptshare named in English": mail("Would Cryptshare be an option for you?", subject="Cryptshare transfer?"),
    "Cryptshare announced": mail("Ab Januar versenden wir große Dateien per Cryptshare. Hinweise: "
                                 "https://www.kanzlei.example/datenschutz. Das Passwort erhalten Sie dann telefonisch."),
    "Cryptshare vendor link": mail("Cryptshare hat eine neue Version: https://www.cryptshare.com/de/produkt/download?id=12"
                                   "345678. Passwort-Richtlinien sind neu."),
    "Cryptshare newsletter": mail(TEXTS_C[0].format(link=C_LINK), list_unsubscribe="<mailto:u@news.example>"),
    "Cryptshare quoted": mail("Damit können wir nichts anfangen, bitte per S/MIME.\n\n" + quoted(TEXTS_C[0].format(link=C_LINK))),
    "Cryptshare quoted twice": mail("Bitte anders.\n" + quoted(TEXTS_C[1].format(link=C_HOST), ">> ")),
    "Cryptshare below reply head": mail("Bitte anders senden.\n\nAm 17.11.2026 um 16:02 schrieb Anna "
                                        "Berg:\n" + TEXTS_C[0].format(link=C_LINK)),
    "Cryptshare forwarded": mail("Bitte klären.\n\n-----Ursprüngliche Nachricht-----\nVon: Anna "
                                 "Berg\n" + TEXTS_C[0].format(link=C_LINK)),
    "Cryptshare forwarded in "
    "English": mail("Please check.\n\nFrom: Anna Berg <a@kanzlei.example>\nSent: Tuesday\nTo: "
                    "us\n\n" + TEXTS_C[1].format(link=C_LINK)),
    "Cryptshare upload link in a "
    "signature": mail("Sehr geehrte Frau Kunert, der Vertrag ist geprüft und kann so bleiben, danke.\n\nMit freundlichen "
                      "Grüßen\nAnna Berg\nDateien sicher an mich (Cryptshare):\n" + C_UPLOAD),
    "Cryptshare in a job offer": mail("Gesucht: Administrator (m/w/d) mit Kenntnissen in Cryptshare. Bewerbung bis 30.11. "
                                      "über https://jobs.makler.example/admin"),
    "Cryptshare in a contract "
    "offer": mail("Angebot: Cryptshare-Lizenzen, 100 Nutzer, 12 Monate. Download der Preisliste: "
                  "https://shop.makler.example/preise.pdf"),
    "a shop's download link": mail(f"Ihre Rechnung steht zum Download bereit: https://shop.example/rechnung?id={ID}. "
                                   f"Passwort vergessen?"),
    "a password reset": mail(f"Ihr Passwort zurücksetzen: https://portal.example/reset?token={ID}"),
    "a parcel": mail(f"Ihr Paket kann abgeholt werden: https://paket.example/t/{ID}"),
    "an upload page": mail("Bilder bitte hier: https://fotos.example/upload?album=3"),
    "FTAPI named": mail("Nutzen Sie FTAPI? Wir hätten einen Zugang.", subject="FTAPI"),
    "FTAPI named in English": mail("Our IT prefers FTAPI for large files. Is that fine?", subject="FTAPI"),
    "FTAPI vendor": mail("FTAPI lädt zum Webinar: https://www.ftapi.com/events/webinar-download . SecuMails und SubmitBox "
                         "im Überblick."),
    "FTAPI vendor documents": mail("How SecuPass works: https://docs.ftapi.com/secupass/download"),
    "FTAPI newsletter": mail(TEXTS_F[0].format(link=F_LINK), list_id="<news.example>"),
    "FTAPI quoted": mail("Bitte senden Sie uns das mit S/MIME.\n\n" + quoted(TEXTS_F[0].format(link=F_LINK))),
    "FTAPI below reply head": mail("Bitte anders.\n\nOn Tuesday, 17 November 2026 Anna Berg "
                                   "wrote:\n" + TEXTS_F[2].format(link=F_LINK)),
    "FTAPI forwarded": mail("Was ist das?\n\nVon: Anna Berg <a@kanzlei.example>\nGesendet: Dienstag\nAn: "
                            "wir\n\n" + TEXTS_F[1].format(link=F_LINK)),
    "SubmitBox in a signature": mail("Guten Tag Frau Kunert, das Angebot der Gebäudeversicherung passt so, wir "
                                     "unterschreiben.\n\nViele Grüße\nAnna Berg\nUnterlagen hochladen (FTAPI "
                                     "SubmitBox):\n" + F_SUBMIT),
    "SubmitBox below a long letter": mail(LONG_MAIL + "\nUnterlagen über unsere FTAPI SubmitBox hochladen: " + F_SUBMIT),
    "a delivery note": mail(f"Ihre Zustellung erfolgt morgen. Verfolgen: https://paket.example/track/{ID}"),
    "a security level": mail("Die Sicherheitsstufe der Schließanlage und die Zustellung der Schlüssel klären wir am Montag."),
    "a survey": mail(f"Bitte nehmen Sie teil: https://umfrage.example/s/{ID} . Hat Ihnen unser Service gefallen?"),
    "SFTP named": mail("Können Sie SFTP oder SCP?"),
    "SFTP question with a link": mail("Funktioniert sftp://sftp.makler.example/ bei Ihnen?"),
    "SFTP example": mail("Beispiel für die Syntax: scp user@sftp.makler.example:/pfad . Passwort wird abgefragt."),
    "SFTP placeholder": mail("Usage: scp file user@host:path to upload. Password is asked."),
    "SFTP newsletter": mail("Download from sftp://files.makler.example/pub now", list_unsubscribe="<https://news.example/u>"),
    "SFTP quoted": mail("Das geht bei uns nicht.\n\n" + quoted(TEXTS_S[0].format(link=SCP_TARGETS[0]))),
    "SFTP below reply head": mail("Das geht bei uns nicht.\n\nAm 17.11.2026 um 16:02 schrieb Anna "
                                  "Berg:\n" + TEXTS_S[2].format(link=SCP_TARGETS[1])),
    "SFTP job report": mail("Cron: backup to sftp://backup.makler.example/ failed, login refused, retrying download"),
    "SFTP in a release note": mail("Release notes 4.2: download over sftp://host.example/ now resumes."),
    "web link with scp in it": mail("Bitte laden Sie herunter: https://www.makler.example/scp/download"),
    "the abbreviation": mail("Die SCP-Foundation ist eine Erzählung; Download im Buchladen."),
    "the page of the insurer": mail(PAGE),
    "the page, quoted in English": mail("You do not accept PGP, Cryptshare, FTAPI and SCP, as your page says. Which "
                                        "certificate do you recommend?"),
    "a comparison": mail(f"Vergleich: PGP, FTAPI und Cryptshare. Demo: {C_HOST} und {F_LINK}, Download mit Passwort, "
                         f"Zustellung mit Sicherheitsstufe 2."),
    "a concept": mail(f"Konzept: heute SCP (sftp://alt.makler.example/ Port 22), FTAPI {F_LINK} (Download) – morgen S/MIME "
                      f"statt PGP."),
    "an invitation": mail("Einladung zum Jahresgespräch am Donnerstag um 14 Uhr. Anfahrt: https://www.makler.example/anfahrt"),
    "an English meeting": mail("Shall we meet on Thursday? https://meet.example/j/123456789?pwd=abcdefgh1234567890"),
    "a newsletter about encryption": mail("Verschlüsselung im Überblick: PGP, S/MIME, Portale wie Cryptshare. Mehr: "
                                          "https://news.example/artikel/verschluesselung-im-ueberblick", list_id="<it.example>"),
    "a clerk's answer": mail("Leider dürfen wir Cryptshare nicht öffnen. Bitte senden Sie die Datei mit S/MIME. Hilfe: "
                             "https://www.wwk.de/verschluesselung"),
}


@pytest.mark.parametrize(("method", "message"), NOTIFICATIONS)
def test_a_notification_is_recognised(method: Method, message: MailText) -> None:
    """A link of the product's kind with its words names the method."""
    found, score = recognise(message)
    assert found is method
    assert score >= 4


@pytest.mark.parametrize("message", NEGATIVES.values(), ids=NEGATIVES)
def test_talk_quotations_and_ordinary_links_are_not_refused(message: MailText) -> None:
    """Naming, quoting, forwarding, announcing or comparing a method is not using it."""
    method, score = recognise(message)
    assert method is None
    assert score <= 3


@pytest.mark.parametrize("name", ["Cryptshare announced", "FTAPI named", "SFTP question with a link"])
def test_a_named_method_is_noted(name: str) -> None:
    """Below refusal the score still says that there was something."""
    assert 2 <= recognise(NEGATIVES[name])[1] <= 3


def test_there_are_enough_cases() -> None:
    """25 variations of each notification, 60 harmless mails beside those of PGP."""
    for method in (Method.CRYPTSHARE, Method.FTAPI, Method.SCP):
        assert sum(found is method for found, _ in NOTIFICATIONS) >= 25
    assert len(NEGATIVES) >= 45
