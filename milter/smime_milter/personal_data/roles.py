"""The words after which a name stands: titles, degrees, the parts somebody plays, and form fields."""

from __future__ import annotations


def _spelt(words: str) -> frozenset[str]:
    """The words, and those with umlauts written as two letters as well."""
    pairs = (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("Ä", "Ae"), ("Ü", "Ue"))
    found = set(words.split())
    for umlaut, two in pairs:
        found |= {word.replace(umlaut, two) for word in found}
    return frozenset(found)


TITLES = _spelt("Herr Herrn HERR HERRN Frau FRAU Fräulein Hr Fr Familie Fam Eheleute Eheleuten Ehepaar Mr Mrs Ms Miss")
DEGREES = _spelt("Dr Doktor DDr Prof Professor Professorin Priv PD Mag MMag Dipl Ing DI Prim OA Univ RA RAin Rechtsanwalt"
                 " Rechtsanwältin")
ROLES = _spelt(
    "Kunde Kundin Kunden Mandant Mandantin Mandanten Versicherungsnehmer Versicherungsnehmerin Versicherungsnehmers"
    " Versicherte "
    "Versicherter Versicherten Versichertem Versicherungsnehmern VN VP Antragsteller Antragstellerin Antragstellers Patient "
    "Patientin Patienten Geschädigte Geschädigter Geschädigten Geschädigtem Verletzte Verletzter Verletzten Zeuge Zeugin"
    " Zeugen "
    "Halter Halterin Halters Fahrzeughalter Fahrzeughalterin Fahrer Fahrerin Fahrers Verursacher Verursacherin Verursachers "
    "Unfallverursacher Schädiger Schädigerin Eigentümer Eigentümerin Eigentümers Kontoinhaber Kontoinhaberin Mieter Mieterin "
    "Mieters Vermieter Vermieterin Pächter Pächterin Mitarbeitende Mitarbeitender Mitarbeiter Mitarbeiterin Arbeitnehmer "
    "Arbeitnehmerin Arbeitnehmers Begünstigte Begünstigter Begünstigten Bezugsberechtigte Bezugsberechtigter"
    " Bezugsberechtigten "
    "Anspruchsteller Anspruchstellerin Anspruchstellers Anspruchsgegner Unfallgegner Unfallgegnerin Beitragszahler "
    "Beitragszahlerin Darlehensnehmer Darlehensnehmerin Kreditnehmer Kreditnehmerin Bürge Bürgin Gläubiger Schuldner"
    " Schuldnerin "
    "Ehemann Ehemannes Ehefrau Ehegatte Ehegattin Ehegatten Gatte Gattin Ehepartner Ehepartnerin Lebensgefährte"
    " Lebensgefährtin "
    "Lebensgefährten Lebenspartner Lebenspartnerin Partner Partnerin Sohn Sohnes Tochter Kind Enkel Enkelin Bruder Schwester "
    "Schwiegertochter Schwiegersohn Schwiegermutter Schwiegervater Mutter Vater Onkel Tante Neffe Nichte Witwe Witwer Witwen "
    "Erbe Erbin Erben Verstorbene Verstorbener Verstorbenen Betreute Betreuter Betreuten Betreuer Betreuerin Betroffene "
    "Betroffener Betroffenen Kontaktperson Steuerpflichtige Steuerpflichtiger Angehörige Angehöriger Bewohner Bewohnerin "
    "Nachbar Nachbarin Bevollmächtigte Bevollmächtigter Vollmachtgeber Vollmachtgeberin Lenker Lenkerin Zulassungsbesitzer "
    "Dienstnehmer Dienstnehmerin Person Kindergeldberechtigte Kindergeldberechtigter Insured insured Policyholder policyholder "
    "Claimant claimant Claimants Customer customer Client client Patient patient Applicant applicant Driver driver Policy"
    " policy"
)
FIELDS = _spelt("Name Namen Vorname Nachname Zuname Familienname Geburtsname Vornamen name Kundenname Rufname")
TRIGGERS = TITLES | DEGREES | ROLES | FIELDS
