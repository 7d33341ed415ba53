"""Names in running text, without title or label, are found by the trained tagger; ordinary words and companies are not."""

from __future__ import annotations

import pytest

from smime_milter.model.finding import Category, Level
from smime_milter.personal_data.name_features import Gazetteer, features, tokens_of
from smime_milter.personal_data.name_model import MODEL, NameModel
from smime_milter.personal_data.scan import ScanSettings, scan
from tests.unit.personal_data.scanning import EXCHANGE, findings, found, level

NAMES = {
    "Der Vertrag von Korbinian Steindl endet bald.": ["Korbinian Steindl"],
    "bitte an Tjark Ole Brodersen überweisen": ["Tjark Ole Brodersen"],
    "- Malea Hübschmann, Steuer-ID folgt": ["Malea Hübschmann"],
    "Mein Mann (Benno Kühnlein) macht daheim alles.": ["Benno Kühnlein"],
    "Bei Jakob steht im Antrag etwas anderes.": ["Jakob"],
    "der Anruf kam von Luise Zuber.": ["Luise Zuber"],
    "Die Prüfung von Sabines Antrag dauert.": ["Sabines"],
}
NO_NAMES = (
    "Die Rechnung liegt bei, die Beiträge steigen im Januar.", "Abgabe bei der Stadtwerke Nord GmbH",
    "Die Prinzregentenstraße ist gesperrt, das Gutachten fehlt.", "Dozentin: Petra Lang", "Wenden Sie sich an Petra Lang.",
)


@pytest.mark.parametrize(("text", "names"), NAMES.items())
def test_names_without_title_or_label(text: str, names: list[str]) -> None:
    """First names with and without a surname, in prose, lists, brackets and the genitive."""
    assert found(text, Category.PERSON) == names


@pytest.mark.parametrize("text", NO_NAMES)
def test_no_names(text: str) -> None:
    """Nouns, companies, streets, and those who speak for a house."""
    assert found(text, Category.PERSON) == []


def test_a_lone_first_name_tells_little() -> None:
    """It is a finding, but makes no mail personal; a whole name does."""
    alone = findings("Bei Jakob steht im Antrag etwas anderes.")
    assert [f.is_weak for f in alone] == [True]
    assert level("Sturmtief Xaver zieht auf, sagt Jakob.").value < Level.PERSONAL.value
    assert level("Der Vertrag von Korbinian Steindl endet bald.").value >= Level.PERSONAL.value


def test_variants_are_one_person() -> None:
    """ "Anna Holm", "Frau Holm" and "Anna" are the same value, wherever in the message they stand."""
    segments = [("subject", "Police Marit Holm", "subject"), ("part 1", "Frau Holm ruft an. Bitte Marit fragen.", "plain")]
    found_in = scan(segments, EXCHANGE)
    persons = {f.value_no for f in found_in if f.category is Category.PERSON}
    assert len(persons) == 1
    assert len(found_in) == 3


def test_correspondents_are_exempt_in_running_text() -> None:
    """Who writes and who is written to may be named."""
    assert found("Das hat Anna Berg mit Josef besprochen.", Category.PERSON) == []
    assert found("Das hat Anna Berg mit Josef besprochen.", Category.PERSON, ScanSettings()) != []


def test_viterbi_takes_the_best_sequence_not_the_best_labels() -> None:
    """A transition that is forbidden outweighs a token's own score."""
    table = {"scale": 1.0, "nouns": [], "ambiguous": "", "last": "", "common": "",
             "weights": {"kF": [0, 5, 0], "kU": [0, 0, 4]}, "moves": [[0, 0, -100], [0, 0, 1], [0, 0, 1]]}
    model = NameModel(table, ["Anna"])
    assert model.tag(["Anna", "Quilz"])[0] == [1, 2]
    assert model.tag(["Quilz", "Anna"])[0] == [0, 1]
    assert model.tag([])[0] == []


def test_tokens_and_features_are_bounded() -> None:
    """Every token of a stretch has its place, and the same few features whatever stands around it."""
    tokens, spans = tokens_of("Dr. Anna-Lena Berg,\n12.03.", 0, 26)
    assert tokens == ["Dr.", "Anna-Lena", "Berg", ",", "¶", "12", ".", "03", "."]
    assert spans[1] == (4, 13)
    gazetteer = Gazetteer(frozenset({"Anna"}), frozenset(), frozenset({"Berg"}), frozenset(), [])
    kinds = [gazetteer.kind(token) for token in tokens]
    assert kinds[:5] == ["T", "F", "L", "p", "n"]
    assert all(9 <= len(features(tokens, kinds, at)) <= 13 for at in range(len(tokens)))


def test_the_shipped_model_knows_names_and_nouns() -> None:
    """The data files are there and whole."""
    assert MODEL.gazetteer.kind("Korbinian") == "F"
    assert MODEL.gazetteer.kind("Rechnung") == "N"
    assert len(MODEL.gazetteer.first) > 15_000
