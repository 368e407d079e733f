"""``reglo nouvelle-version``, the statuses of versions: a draft, what is left to write, signed."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from engine.edition.new_version import Values, all_targets, named_targets, with_new_versions
from engine.evaluation.law import corpus_folder, law_of
from engine.source.catalogue import say
from engine.source.git import ask
from tests.langage.shop import git
from tests.ligne_de_commande.commande import Run, copied_rules, reglo

CEILING = Path("regles/parametres/plafond_remise.yaml")
BREAD = Path("regles/textes/arrete-pain.yaml")


def added(*words: str) -> Run:
    return reglo("--regles", "regles", "nouvelle-version", *words, "--oui")


def checked(*words: str) -> Run:
    return reglo("--regles", "regles", *words, "valider", "--sans-plausibilite")


def diff(shop: Path) -> list[str]:
    """The lines that git says were added or taken away."""
    told = ask(shop, "diff", "--unified=0").text
    return [one for one in told.splitlines()
            if one[:1] in "+-" and not one.startswith(("+++", "---"))]  # fmt: skip


def test_a_parameter_gets_a_draft_and_the_rest_of_its_file_does_not_move(shop: Path) -> None:
    run = added("plafond_remise", "--depuis", "2026-09-01")
    assert run.code == 0, run.err
    left = "statut: projet, a_remplir: [valeur, source], valeur: 50"
    assert diff(shop) == [f'+      - {{depuis: 2026-09-01, {left}, source: "j1, p. 9"}}']


def test_a_table_gets_its_rows_and_their_comments_again(shop: Path) -> None:
    text = BREAD.read_text(encoding="utf-8")
    BREAD.write_text(text.replace("- [pain, faux, 1.10]", "- [pain, faux, 1.10]  # le pain"),
                     encoding="utf-8")  # fmt: skip
    git(shop, "commit", "--quiet", "-a", "-m", "un commentaire")
    run = added("prix_a_la_piece", "--depuis", "2026-09-01", "--indexer", "10 %")
    assert run.codes == ["E404"]  # a biscuit that is not made any more: its row is to be removed
    # 1.10 × 1.1 = 1.21; 1.45 × 1.1 = 1.595, half up; 1.25 × 1.1 = 1.375; 0.30 × 1.1 = 0.33
    assert diff(shop) == [
        "+      - depuis: 2026-09-01",
        "+        statut: projet",
        "+        a_remplir: [lignes]",
        "+        lignes:",
        "+          - [pain, faux, 1.21]  # le pain",
        "+          - [pain, vrai, 1.60]",
        '+          - [[brioche, croissant], "*", 1.38]',
        '+          - [galette, "*", {non_calculable: prix-galette}]',
        '+          - [biscuit_de_troupe, "*", 0.33]',
    ]
    assert "prix_a_la_piece, Pain, non : 1,10 €/pièce → 1,21 €/pièce (+ 10 %)" in run.out


def test_a_text_gets_a_version_of_each_table_and_amount(shop: Path) -> None:
    assert added("arrete-pain", "--depuis", "2026-09-01", "--regle", "remise").code == 0
    assert [one for one in diff(shop) if "depuis: 2026" in one] == ["+      - depuis: 2026-09-01"]
    run = added("arrete-pain", "--depuis", "2027-09-01")
    assert "prix_a_la_piece, prix_de_la_livraison" in run.out


@pytest.mark.usefixtures("shop")
def test_the_production_refuses_a_draft_that_may_be_tried() -> None:
    added("plafond_remise", "--depuis", "2010-06-01", "--valeur", "20")
    run = checked()
    assert (run.code, run.codes) == (1, ["E214"])
    assert "à remplir : source" in run.err
    words = ("calculer", "commande.yaml", "--resultats", "remise", "--format", "json")
    assert reglo("--regles", "regles", *words).code == 1
    tried = reglo("--regles", "regles", "--projets", *words)
    assert tried.records[0]["resultats"] == {"remise": "20.00"}  # 22, at most 20
    receipt = reglo("--regles", "regles", "--projets", *words, "--recu", "recus.jsonl")
    assert (receipt.code, "un projet ne se prouve pas" in receipt.err) == (2, True)
    text = CEILING.read_text(encoding="utf-8")
    mark = "statut: signee, signe_le: 2026-06-03, signe_par: Léa"
    CEILING.write_text(text.replace("statut: projet", mark), encoding="utf-8")
    assert checked().codes == ["E215"]
    signed = text.replace(
        "statut: projet, a_remplir: [source]",
        "statut: signee, verifie_le: 2026-06-02, verifie_par: Anne, signe_le: 2026-06-03, "
        "signe_par: Léa",
    )
    CEILING.write_text(signed, encoding="utf-8")
    assert checked().code == 0
    assert reglo("--regles", "regles", *words).records[0]["resultats"] == {"remise": "20.00"}


def test_a_receipt_says_who_signed(shop: Path) -> None:
    added("plafond_remise", "--depuis", "2010-06-01", "--valeur", "20")
    text = CEILING.read_text(encoding="utf-8")
    signed = text.replace(
        "statut: projet, a_remplir: [source]", "signe_le: 2026-06-03, signe_par: Léa"
    )
    CEILING.write_text(signed, encoding="utf-8")
    run = reglo("--regles", "regles", "calculer", "commande.yaml", "--recu", "recus.jsonl")
    assert run.code == 0
    (receipt,) = (shop / "recus.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(receipt)["signataires"] == ["Léa"]


def test_a_repealed_version_has_an_end(shop: Path) -> None:
    text = CEILING.read_text(encoding="utf-8")
    assert shop.is_dir()
    CEILING.write_text(text.replace("valeur: 50,", "valeur: 50, statut: abrogee,"),
                       encoding="utf-8")  # fmt: skip
    run = checked()
    assert run.codes[0] == "E216"


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("plafond_remis", "--depuis", "2026-09-01"), 1, "E554"),
        (("plafond_remis", "--depuis", "2026-09-01"), 1, "« plafond_remise »"),
        (("plafond_remise", "--depuis", "2010-01-01"), 1, "E555"),
        (("plafond_remise", "--depuis", "2010-01-01"), 1, "commence déjà ce jour-là"),
        (("plafond_remise", "--depuis", "2009-01-01"), 1, "plus tard, le 2010-01-01"),
        (("plafond_remise", "--depuis", "2026-09-01", "--valeur", "dix"), 2, "n'est pas un nombre"),
        (("prix_a_la_piece", "--depuis", "2026-09-01", "--valeur", "1"), 2, "un seul paramètre"),
        (("plafond_remise", "--depuis", "2026-09-01", "--point", "60"), 2, "quel paramètre"),
        (("plafond_remise", "--depuis", "2026-09-01", "--valeur", "1", "--indexer", "1"), 2,
         "choisissez"),
        (("plafond_remise",), 2, "--depuis"),
    ],
)  # fmt: skip
def test_what_means_nothing_is_told_and_nothing_is_written(
    shop: Path, words: tuple[str, ...], code: int, told: str
) -> None:
    run = added(*words)
    assert run.code == code
    assert told in run.err
    assert diff(shop) == []


def test_the_finding_of_what_follows_nothing_has_its_code() -> None:
    assert say("E556", "--point", noms=["a", "b"]).code == "E556"


def test_what_follows_a_parameter_moves_as_it_does(shop: Path) -> None:
    """50 × 66 / 60 = 55, the ceiling following a parameter that goes from 60 to 66."""
    (shop / "regles" / "parametres" / "point.yaml").write_text(
        "parametres:\n  point_de_boulange:\n    libelle: Point\n    unite: ratio\n    valeurs:\n"
        '      - {depuis: 2000-01-01, valeur: 60, source: "j1, p. 9"}\n', encoding="utf-8"
    )  # fmt: skip
    text = CEILING.read_text(encoding="utf-8")
    followed = text.replace("unite: euros\n", "unite: euros\n    suit: point_de_boulange\n")
    CEILING.write_text(followed, encoding="utf-8")
    text = BREAD.read_text(encoding="utf-8")
    old = "valeur: montant_brut * taux_remise"
    BREAD.write_text(text.replace(old, f"{old} * point_de_boulange / 60"), encoding="utf-8")
    run = added("plafond_remise", "--depuis", "2026-09-01", "--point", "66")
    assert run.code == 0, run.err
    assert "plafond_remise : 50,00 € → 55,00 € (+ 10 %)" in run.out


def test_the_name_of_a_file_of_parameters_means_all_of_them(shop: Path) -> None:
    text = CEILING.read_text(encoding="utf-8")
    group = CEILING.with_name("remises.yaml")
    group.write_text(text, encoding="utf-8")
    CEILING.unlink()
    threshold = shop / "regles/parametres/seuil_foire.yaml"
    group.write_text(text + threshold.read_text(encoding="utf-8").split("parametres:\n")[1],
                     encoding="utf-8")  # fmt: skip
    threshold.unlink()
    run = added("remises", "--depuis", "2026-09-01")
    assert run.code == 0, run.err
    assert "2 versions ajoutées : plafond_remise, seuil_foire" in run.out


def test_nothing_is_written_without_a_yes(shop: Path) -> None:
    run = reglo("--regles", "regles", "nouvelle-version", "plafond_remise",
                "--depuis", "2026-09-01", data="non\n")  # fmt: skip
    assert run.code == 1
    assert "Rien n'est écrit." in run.err
    assert diff(shop) == []


def test_every_parameter_and_table_of_the_law_takes_a_new_version(tmp_path: Path) -> None:
    """Each file still loads with its draft, and loses not one byte of what it had."""
    rules = copied_rules(tmp_path)
    before = {path: path.read_text(encoding="utf-8") for path in rules.rglob("*.yaml")}
    names = re.findall(
        r"^  ([a-z_]+):$",
        "".join(text for path, text in before.items() if path.parent.name == "parametres"),
        re.MULTILINE,
    )
    names += [path.stem for path in sorted((rules / "textes").glob("*.yaml"))
              if re.search(r"^(tables|parametres):", before[path], re.MULTILINE)]  # fmt: skip
    assert len(names) > 35
    folder = replace(corpus_folder(rules), shown="regles")  # by it, what was read is known
    law, _ = law_of(folder)
    assert law is not None
    texts = {path.relative_to(rules).as_posix(): text for path, text in before.items()}
    everything = tuple(all_targets(law.corpus, texts))
    chosen = [one for name in names for one in named_targets(everything, name)[0]]
    written, findings = with_new_versions(law.corpus, texts, chosen, date(2030, 9, 1), Values())
    assert findings == ()
    assert len(chosen) > 70
    for one in written:
        left = iter(one.text.split("\n"))
        assert all(line in left for line in texts[one.file].split("\n")), one.file
        (rules / one.file).write_text(one.text, encoding="utf-8")
    tried, found = law_of(replace(folder, drafts=True))
    assert tried is not None, "\n".join(map(str, found[:5]))
