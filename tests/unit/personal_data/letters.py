"""Invented letters of an insurer, written apart from the detectors; braces are filled with invented identifiers.

The clerk is Anna Berg of wwk.de, the partner Josef Moser of makler.example.
"""

from __future__ import annotations

from tests.support.identifiers import Identifiers, grouped

SIGNATURE = """
Mit freundlichen Grüßen

Anna Berg
Kundenservice Leben

WWK Versicherungen
Ihr Ansprechpartner vor Ort: Herr Ostermeier
Allee am Marsfeld 12
80335 München
Tel.: 089 99998-430
anna.berg@wwk.de

WWK Lebensversicherung a. G., Sitz der Gesellschaft: München · Amtsgericht München HRB 211907 · USt-IdNr. DE129273398
Vorsitzende des Aufsichtsrats: Dr. Almut Reinders · Vorstand: Thomas Wilken (Vors.), Petra Sandner
"""

PERSONAL = (
    "Sehr geehrter Herr Moser,\n\ndie Auszahlung für Frau Zwicknagl geht auf {iban}.\n" + SIGNATURE,
    "Hallo Josef,\nkannst du mir sagen, ob der Kunde Korbinian Steindl schon gekündigt hat?\nLG Anna",
    "Servus Josef,\n\nder Zwicknagl Sepp braucht a Bestätigung, geb. 03.12.1971.\n\nPfiat di\nAnna",
    "Guten Tag,\n\nSteuer-ID der Tochter: {tax}\n" + SIGNATURE,
    "Sehr geehrter Herr Moser,\n\ndie Rentenversicherungsnummer lautet {pension}, bitte nachtragen.\n" + SIGNATURE,
    "Grüß Gott Herr Moser,\nbitte um Kontrolle der SVNR {svnr} (Dienstgeber meldet andere Daten).\nMfG\nA. Berg",
    "Die Versichertennummer der AOK ist {kvnr}.",
    "Kreditkarte für die Kaution: {card}, gültig bis 11/28",
    "Hallo,\nzum Vertrag LV-26-471108 fehlt noch die Unterschrift.\nGrüße\nAnna Berg",
    "Zur Schadennummer 26/K/0098123 bitten wir um die Rechnung." + SIGNATURE,
    "Polizzennr. 7788-990: Änderung der Zahlungsweise ab 1. Jänner.\n\nSchöne Grüße aus Wien\nAnna Berg",
    "Name;Geburtsdatum;Beitrag\nSteindl, Korbinian;03.12.1971;50,00\nHolm, Marit;04.11.1980;75,00",
    "Versicherter\tVertragsnummer\nKorbinian Steindl\tKF-9921-07",
    "\tVersicherte\tLisbeth Auracher\n\tgeboren\t1976-05-31\n\tBeitrag\t400 EUR",
    "| Kunde | IBAN |\n| Marit Holm | {iban} |\n",
    "Passt so.\n\n> Am 16.11.2026 schrieb Josef Moser:\n> anbei die Daten, mein Kunde heißt Korbinian\n> Steindl, geb.\n> "
    "03.12.1971\n> LG Josef Moser",
    "Dear Josef,\nplease find the claim of Mr. Smithers below, date of birth 3 December 1971.\nKind regards\nAnna Berg",
    "our insured person: Jane Dovering, DOB 1971-12-03",
    "hi josef, kunde ist der manfred peschke, bitte heute noch anrufen, danke und bis morgen",
    "Kinder laut Bescheid\n- Finn, Steuer-ID {tax_grouped}\n- Malea, IdNr. {tax}\n",
    "Lieber Herr Moser,\n\nfür den Geschädigten Florin Bogdan benötigen wir das Gutachten.\n" + SIGNATURE,
    "Die Zahlung ist zurückgekommen:\nIBAN {at_iban}\nGrund: Konto erloschen",
    "Kfz-Kennzeichen EBE-KZ 774, Fahrerin war Marit Holm.",
    "Mandantin Frau Kühnlein, Personenschaden - Vergleich" + SIGNATURE,
    "Terminbrief für Herrn Zwerger (Z. n. Herzinfarkt) fehlt, bitte nachsenden.",
    "Abgabenkontonummer der Kundin: {at_tax}. Bitte beim Finanzamt Linz anfragen.",
    "Anna hat gefragt: Personalausweis L01X00T471 noch gültig?",
)

COMPLETE = (
    """Antrag Risikoleben

Name: Steindl, Korbinian
Geburtsdatum: 03.12.1971
Anschrift: Königsteiner Str. 117, 65929 Frankfurt
Telefon: 069 / 3100 8824
Beruf: Zimmerer
IBAN: {iban}
Vertragsnummer: WG-11-330092
""",
    "Hallo Josef,\nhier alles zu Herrn Steindl: geb. 03.12.1971, wohnt in der Rainbergstraße 3/14, 5020 Salzburg, SVNR "
    "{svnr}, Konto {at_iban}, Polizze Nr. 0815471.\nLG Anna",
    "Versicherte: Marit Holm, geboren am 4. November 1980\nAdresse: Grünwalder Straße 300, 81545 München\nMobil: 0172 "
    "8341906\nKrankenkasse: AOK, Nr. {kvnr}\n"
    "Bruttoeinkommen: 71.000 EUR\nFamilienstand: verheiratet\nBank: {iban}\n" + SIGNATURE,
    "Name\tGeburtsdatum\tStraße\tOrt\tIBAN\tVertragsnummer\nSteindl, Korbinian\t03.12.1971\tKönigsteiner Str. 117\t65929 "
    "Frankfurt\t{iban}\tKF-9921-07\n",
    "Policyholder: Jane Dovering\nDate of birth: 3 December 1971\nAddress: Grünwalder Straße 300, 81545 München\nPhone: "
    "+49 172 8341906\nOccupation: carpenter\nIBAN: {iban}\nPolicy no. HX-998877",
    "1. Name, Vorname, Geburtsdatum\nGschwind, Ekkehard, 03.12.1971\n\n2. Beruf\nZimmerer\n\n3. Körpergröße / Gewicht\n182 "
    "/ 104\n\n4. Behandlungen in den letzten 5 Jahren\nKnorpelschaden\n\n"
    "5. Medikamente\nRamipril 5 mg\n\n6. Psyche\nBurnout 2021\n\n7. Adresse\nMarktplatz 8, 83278 Traunstein\n",
    "> Antragsteller: Volkmar Sturmberger\n> geb.: 19.07.1969\n> wohnhaft: Hauptstraße 5,\n> 81545 München\n> Tel. 0680 "
    "2217559\n> IBAN {iban_head}\n> {iban_tail}\n> Beruf: Schlosser",
)

CLEAN = (
    "Sehr geehrter Herr Moser,\n\nanbei der Entwurf der Rahmenvereinbarung. Bitte prüfen Sie §4.\n" + SIGNATURE,
    "Hallo Josef,\npasst Donnerstag 14 Uhr im Café Luitpold?\nLG Anna",
    "Passt, bis dann!\nAnna\n\n> Am 19.11.2026 um 17:41 schrieb Josef Moser:\n> Donnerstag?\n> Viele Grüße\n> Josef Moser "
    "| Moser Makler | 0176 2200 118\n",
    "Rechnung Nr. 2026-11-4711\n\nBitte überweisen Sie 1.250,00 EUR auf unser Konto:\nKontoinhaber: Muster Bürotechnik "
    "GmbH\nIBAN: {iban}\nBIC: BYLADEM1MUC\nUSt-IdNr. DE129273398\n",
    "Muster Bürotechnik GmbH | Hauptstraße 5 | 81545 München\nGeschäftsführer: Karl Lang "
    "| Amtsgericht München HRB 123456\nSparkasse München IBAN {iban_grouped}\n",
    "Name: ________________\nVorname: ______________\nGeburtsdatum: __.__.____\nIBAN: DE__ ____ ____ ____ ____ "
    "__\nBeruf:\nDiagnose:\nUnterschrift:\n",
    "Newsletter November: Berufsunfähigkeit durch Burnout, Krebs oder Rückenleiden kann jeden treffen. Unsere neue BU "
    "leistet schon ab 50 %. Hotline 0800 118 4402.",
    "Sturmtief Xaver kommt. Für den Raum Miesbach sagen Wetterdienste Beaufort 11 voraus.",
    "Liebe Kolleginnen und Kollegen,\n\nder Betriebsausflug ist am 03.07.2027. Anmeldung bis 15.06.2027 an "
    "ausflug@wwk.de.\n\nViele Grüße\nAnna Berg",
    "Stellenanzeige: Sachbearbeiter (m/w/d), Gehalt 48.000 bis 55.000 EUR brutto, ab 01.01.2027.",
    "Gutscheincodes: WWK-FIT-7KQ2-88ZL, WWK-FIT-9PQ1-00AB. Aktionsnummer 4006 3813 3393.",
    "BGH, Urteil vom 12.03.2019 - VI ZR 234/18; DIN EN ISO 9001:2015; §203 StGB.",
    "Zählerstände: 004711, 123456.7 kWh; Zählernummer 1EMH0012345678; Ablesung 31.12.2026",
    "ISIN DE0008430026, WKN 843002, Kurs 412,35 EUR, LEI 529900ODI3047E2LIV03.",
    "Abzuholen ist der Schrank in der Filiale Prinzregentenplatz 9, Lieferung Werner-Heisenberg-Allee 25, 80939 München.",
    "Liebe Frau Steindl,\n\nwie am Telefon besprochen: Ihr Termin ist am Montag um 10 Uhr in der "
    "Geschäftsstelle.\n\nDanke, Frau Steindl, und bis Montag!" + SIGNATURE,
    "Nachtrag 3 zur Bürgschaft der ARGE Tunnel Ost: neuer Betrag 1.250.000,00 EUR, Avalkonto 8820-11, befristet bis "
    "30.09.2028." + SIGNATURE,
    "Dear Mr. Moser,\n\nplease find the agenda attached. The call is on 4 December 2026, 10:00.\n\nKind regards\nAnna "
    "Berg\n+49 89 99998-430",
    "Hallo zusammen,\nder Server 192.0.2.17 ist wieder da. Ticket 20261117-0815, Seriennummer SN4711-0815-42.\nGruß\nIT",
    "Pressemitteilung: Die WWK wächst um 4,2 Prozent.\nPressekontakt: Petra Lang, Tel. 089 99998-660, presse@wwk.de" + SIGNATURE,
    "Mander, mir steh'n bei 104 %, Stornoquote 3,1. Bis Weihnachten noch 12 bAV-Gruppen.\n\nAnna",
    "Bewerben Sie sich für das Seminar 'Demenz und Pflegegrad' am 12.05.2027 in Linz, Hauptplatz 1, 4020 Linz. Kosten 120,- EUR.",
    "Vielen Dank für Ihre Bestellung 302-4711081-5544332. Sendungsnummer 00340434161094042557.",
    "Ansprechpartner: Frau Huber, Tel. 089 99998-120\nReferent: Prof. Dr. Max Weber\nHerr der Ringe, Frau Holle, Mr. President",
    "Versicherungsnehmer ist die Stadtwerke Nord GmbH. Der Versicherte Hausrat ist umfangreich. Kunde Deutsche Bahn AG.",
    "Steuernummer: 143/123/45678\nUSt-IdNr. DE129273398\nKontoinhaber: WWK Lebensversicherung a. G.\nIBAN: {iban}",
    "Spendenkonto: Rotes Kreuz e. V., IBAN {iban_grouped}",
    "Kontaktdaten unserer Direktion: Praterkai 18, 1020 Wien, T 01/310 87 7-35, service@wwk.at",
)


def filled(letter: str, seed: int) -> str:
    """The letter with identifiers of this seed."""
    ids = Identifiers.seeded(seed)
    iban, tax, tax_at = ids.iban(), ids.tax_identification_number(), ids.tax_number_at()
    iban_grouped = grouped(iban, (4,))
    values = {
        "iban": iban, "iban_grouped": iban_grouped, "iban_head": iban_grouped[:14], "iban_tail": iban_grouped[15:],
        "at_iban": grouped(ids.iban("AT"), (4,)),
        "tax": tax, "tax_grouped": grouped(tax, (2, 3)), "pension": ids.pension_number(),
        "svnr": grouped(ids.social_security_number_at(), (4, 6)),
        "kvnr": ids.health_insurance_number(), "card": grouped(ids.card("51"), (4,)), "at_tax": f"{tax_at[:2]} "
                                                                                                f"{tax_at[2:5]}/{tax_at[5:]}",
    }
    for name, value in values.items():
        letter = letter.replace("{" + name + "}", value)
    return letter
