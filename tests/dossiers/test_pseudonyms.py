"""Names are hidden one for one: what was equal stays equal, what was different stays different."""

from __future__ import annotations

from engine.dossiers.pseudonyms import Pseudonyms
from engine.source.tree import Plain
from tests.dossiers.samples import MODEL

RECORD: Plain = {
    "dossier": "MARTIN-Zoe",
    "date": "2024-10-01",
    "annee_scolaire": "2024-2025",
    "agent": {"corps": "certifie", "echelon": 7},
    "etablissements": [
        {"uai": "0139901A", "commune": "Saint-Rémy"},
        {"uai": "0139902B", "commune": "SAINT REMY"},
        {"uai": "0139903C", "commune": "Arles"},
    ],
    "services": [
        {"heures": 4, "division": "TG1", "groupe": "TG1", "etablissement": "0139903C"},
        {"heures": 4, "division": "tg1", "etablissement": None},
        {"heures": 4, "division": "TG1", "parallele": "P1"},
    ],
}


def test_each_text_gets_one_name_and_the_rest_stays() -> None:
    names = Pseudonyms(MODEL)
    assert names.record(RECORD) == {
        "dossier": "dossier-1",
        "date": "2024-10-01",
        "annee_scolaire": "2024-2025",
        "agent": {"corps": "certifie", "echelon": 7},
        "etablissements": [
            {"uai": "0000001A", "commune": "commune-1"},
            {"uai": "0000002A", "commune": "commune-1"},
            {"uai": "0000003A", "commune": "commune-2"},
        ],
        "services": [
            {
                "heures": 4,
                "division": "division-1",
                "groupe": "groupe-1",
                "etablissement": "0000003A",
            },
            {"heures": 4, "division": "division-2", "etablissement": None},
            {"heures": 4, "division": "division-1", "parallele": "parallele-1"},
        ],
    }
    assert names.given["0139903C"] == {"numéro UAI de l'établissement", "établissement de la ligne"}
