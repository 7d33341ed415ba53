"""What identifies only sender and recipient does not count; what the state or a bank numbers always does."""

from __future__ import annotations

import pytest

from smime_milter.model.finding import Category, Level
from smime_milter.personal_data.scan import ScanSettings, scan
from tests.support.identifiers import Identifiers
from tests.unit.personal_data.scanning import EXCHANGE, found, level

BARE = ScanSettings(exempt=("kunert@versicherungsmakler-kunert.examp"
                            "le", "j.petersen@kuestenmakler.example"), own_domains=("wwk.de",))


@pytest.mark.parametrize("text", ["Frau Kunert", "Frau Beate Kunert", "Herr Petersen", "Moin Herr Petersen, Herr Petersen "
                                                                                       "meint", "Frau Dr. Kunert",
                                                                                       "Frau Kunert Termin am Montag"])
def test_a_local_part_tells_the_name(text: str) -> None:
    """Without display names the address itself says who is meant."""
    assert found(text, Category.PERSON, BARE) == []


@pytest.mark.parametrize("text", ["Herr Kunertz", "Frau Benno Huber", "Herr Max Petermann"])
def test_a_similar_name_is_another_person(text: str) -> None:
    """Only the very name is exempt."""
    assert found(text, Category.PERSON, BARE) != []


def test_a_relative_of_a_correspondent_is_a_third_person() -> None:
    """The same surname with another first name is somebody else."""
    scanner = ScanSettings(exempt=("franzi.kuehnlein@gmx.de",), names=("Franzi Kühnlein",))
    assert found("Mein Mann, Herr Benno Kühnlein, war dabei.", Category.PERSON, scanner) == ["Benno Kühnlein"]
    assert found("Liebe Frau Kühnlein, Frau Franzi Kühnlein", Category.PERSON, scanner) == []


def test_without_correspondents_nobody_is_exempt() -> None:
    """Empty lists switch the exemption off."""
    assert found("Herr Moser", Category.PERSON, ScanSettings()) == ["Moser"]


@pytest.mark.parametrize("address", ["moser@makler.example", "kollege@makler.example", "info@wwk.de"])
def test_addresses_of_the_houses_that_write(address: str) -> None:
    """Their own, their colleagues' and ours are no finding."""
    assert found(f"an {address} senden", Category.EMAIL) == []


def test_a_free_mail_domain_is_no_house() -> None:
    """That the recipient uses a free mail service exempts nobody else who does."""
    scanner = ScanSettings(exempt=("moser@gmail.com",))
    assert found("moser@gmail.com und fremd@gmail.com", Category.EMAIL, scanner) == ["fremd@gmail.com"]


def test_official_numbers_are_never_exempt() -> None:
    """Not in a signature, not in a company block, not on the correspondent's own line."""
    ids = Identifiers.seeded(5)
    tax, pension = ids.tax_identification_number(), ids.pension_number()
    text = f"Danke.\n\nMit freundlichen Grüßen\nJosef Moser\nSteuer-ID {tax}\nAmtsgericht München HRB 123456\nRVNR {pension}\n"
    assert found(text, Category.TAX_ID) == [tax]
    assert found(text, Category.SOCIAL_SECURITY) == [pension]


def test_a_customers_account_beside_company_data_counts() -> None:
    """A company block excuses its own account, not one that a label gives to a customer."""
    iban = Identifiers.seeded(6).iban()
    assert found(f"Amtsgericht München HRB 123456\nUSt-IdNr. DE129273398, Kunde: IBAN {iban}", Category.IBAN) == [iban]
    assert found(f"Amtsgericht München HRB 123456\nIBAN {iban}", Category.IBAN) == []


def test_what_follows_a_signature_counts_again() -> None:
    """Postscripts and quoted mail are text, not signature."""
    assert found("Gruß\nAnna Berg\n\nPS: Herr Zwicknagl hat angerufen", Category.PERSON) == ["Zwicknagl"]
    assert found("Gruß\nAnna Berg\n> Herr Zwicknagl hat angerufen", Category.PERSON) == ["Zwicknagl"]
    assert found("Gruß\nAnna Berg\nKunde: Sepp Zwicknagl", Category.PERSON) == ["Sepp Zwicknagl"]


def test_a_salutation_in_a_quotation_exempts_nobody() -> None:
    """Whom somebody else addressed may be the customer."""
    assert found("Siehe unten.\n> Sehr geehrter Herr Zwicknagl,\n> anbei", Category.PERSON) == ["Zwicknagl"]


def test_segments_are_weighed_together() -> None:
    """A name in the subject and its repetition in the text are one value, found at both places."""
    findings = scan([("subject", "Schaden Zwicknagl", "text"), ("part 1", "Herr Zwicknagl war da.", "text")], EXCHANGE)
    assert [(f.where, f.value_no) for f in findings] == [("subject", 0), ("part 1", 0)]


def test_file_names_are_read_with_spaces() -> None:
    """An underscore separates words in a file name."""
    findings = scan([("file name of part 2", "Antrag_Herr_Zwicknagl_geb_03.12.1971.pdf", "filename")], EXCHANGE)
    assert {f.category for f in findings} == {Category.PERSON, Category.BIRTH_DATE}


def test_contact_data_alone_is_ordinary() -> None:
    """However many addresses, phones and towns: below personal."""
    text = "\n".join(f"Hauptstraße {n}, 8154{n} München, Tel. 089 5544{n}32, a{n}@fremd.example" for n in range(1, 9))
    assert level(text).value < Level.PERSONAL.value


def test_what_the_configuration_allows_never_counts() -> None:
    """Own staff, products and account numbers, however they are spaced; nothing longer and nothing else."""
    iban = Identifiers.seeded(8).iban()
    scanner = ScanSettings(allow=("Petra Sandner", f"{iban[:4]} {iban[4:]}"))
    assert found(f"Bericht von Petra Sandner, IBAN {iban.lower()}", Category.PERSON, scanner) == []
    assert found(f"Bericht von Petra Sandner, IBAN {iban.lower()}", Category.IBAN, scanner) == []
    assert found("Bericht von Anna Petra Sandner", Category.PERSON, scanner) != []
