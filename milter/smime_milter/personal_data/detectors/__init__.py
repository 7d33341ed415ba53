"""The registry of detectors: one file per kind, one line here."""

from __future__ import annotations

from smime_milter.personal_data.detectors.birth_date import BirthDate
from smime_milter.personal_data.detectors.card import Card
from smime_milter.personal_data.detectors.email_address import Email
from smime_milter.personal_data.detectors.form_answers import FAMILY, HEALTH, INCOME, OCCUPATION, RELIGION, TickedAnswer
from smime_milter.personal_data.detectors.health_insurance import HealthInsuranceNumber
from smime_milter.personal_data.detectors.health_term import HealthTerm
from smime_milter.personal_data.detectors.iban import Iban
from smime_milter.personal_data.detectors.id_document import DRIVING_LICENCE, IDENTITY_CARD
from smime_milter.personal_data.detectors.income_amount import IncomeAmount
from smime_milter.personal_data.detectors.occupation_term import OccupationTerm
from smime_milter.personal_data.detectors.pension_number import PensionNumber
from smime_milter.personal_data.detectors.person import Person
from smime_milter.personal_data.detectors.phone import Phone
from smime_milter.personal_data.detectors.policy_number import PolicyNumber
from smime_milter.personal_data.detectors.postal_address import Street, Town
from smime_milter.personal_data.detectors.running_name import RunningName
from smime_milter.personal_data.detectors.social_security_at import SocialSecurityNumberAt
from smime_milter.personal_data.detectors.staff_number import StaffNumber
from smime_milter.personal_data.detectors.status_term import FAMILY_TERM, RELIGION_TERM
from smime_milter.personal_data.detectors.tax_number_at import TaxNumberAt
from smime_milter.personal_data.detectors.tax_number_de import IdentificationNumber, TaxNumber
from smime_milter.personal_data.detectors.vehicle import Plate
from smime_milter.personal_data.detectors.vin import Vin
from smime_milter.personal_data.hit import Detector

# Of hits that overlap the earlier kind here stays.
DETECTORS: tuple[Detector, ...] = (
    Iban(),
    PensionNumber(),
    IdentificationNumber(),
    SocialSecurityNumberAt(),
    HealthInsuranceNumber(),
    TaxNumber(),
    TaxNumberAt(),
    Card(),
    Vin(),
    IDENTITY_CARD,
    DRIVING_LICENCE,
    BirthDate(),
    PolicyNumber(),
    Plate(),
    Email(),
    Phone(),
    Street(),
    Town(),
    Person(),
    RunningName(),
    INCOME,
    FAMILY,
    OCCUPATION,
    HEALTH,
    RELIGION,
    StaffNumber(),
    TickedAnswer(),
)
# What says something only where a person is spoken of: looked for when one was found.
ABOUT_PERSONS: tuple[Detector, ...] = (
    IncomeAmount(),
    HealthTerm(),
    OccupationTerm(),
    FAMILY_TERM,
    RELIGION_TERM,
)
