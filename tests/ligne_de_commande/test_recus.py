"""``--recu``, ``reglo prouver``, ``reglo archiver``, ``reglo cle``: what is proved, what is seen.

A journal is attacked as one would: a receipt altered, removed, moved, forged, cut; and what was
read or applied then is looked for where it may be.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.recus.keys import read_salt, salt_file
from engine.source.digests import canonical, digest_of
from engine.sql.output import contents_of_run
from tests.langage.shop import git
from tests.ligne_de_commande.commande import GOOD, MIXED, Run, process, reglo, renamed, written

JOURNAL = "recus.jsonl"
OTHER_READING = "cpge-plusieurs-classes=ors-la-plus-basse"
RULES = ("--regles", "regles")


def computed(*words: str) -> Run:
    return reglo(*RULES, "calculer", "commande.yaml", "--recu", JOURNAL, *words)


def proved(*words: str) -> Run:
    return reglo(*RULES, "prouver", JOURNAL, *words)


def lines() -> list[str]:
    return Path(JOURNAL).read_text(encoding="utf-8").splitlines(keepends=True)


def receipts() -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines()]


def rewrite(found: list[str]) -> None:
    Path(JOURNAL).write_text("".join(found), encoding="utf-8")


def sealed(content: dict[str, Any]) -> dict[str, Any]:
    """The receipt again, with the hash that a forger would give it."""
    told = {name: one for name, one in content.items() if name not in {"condense", "signature"}}
    return {**content, "condense": digest_of(canonical(told))}


def written_line(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False) + "\n"


@pytest.fixture(name="three")
def _three(shop: Path) -> Path:
    """A journal of three runs."""
    for _ in range(3):
        assert computed().code == 0
    return shop


# --- a receipt says what the run was, and is proved


def test_a_receipt_says_what_was_given_and_what_came_out(shop: Path) -> None:
    run = computed("--format", "json", "--resultats", "remise", "--date", "2012-07-01")
    (one,) = receipts()
    content = (shop / "commande.yaml").read_bytes()
    salt = read_salt(salt_file(Path(JOURNAL)))
    assert salt is not None
    assert one["sel"] == salt.digest
    hide = salt.veil(1).hide
    assert one["commande"] == "calculer"
    assert one["reglages"] == {"date": "2012-07-01", "resultats": ["remise"]}
    assert one["entrees"] == [
        {
            "nom": "entree-1.yaml",
            "empreinte": hide("entree", digest_of(content)),
            "octets": len(content),
            "lieu": one["entrees"][0]["lieu"],
        }
    ]
    assert salt.veil(1).uncover(one["entrees"][0]["lieu"]) == "commande.yaml"
    assert salt.veil(2).uncover(one["entrees"][0]["lieu"]) is None
    assert one["corpus"]["empreinte"] == run.records[0]["empreinte"]
    assert one["resultats"]["parties"] == [hide("resultat", digest_of(canonical(run.records[0])))]
    assert one["numero"] == 1
    assert one["precedent"] is None
    assert one["condense"] in run.err


def test_each_receipt_holds_the_hash_of_the_one_before(three: Path) -> None:
    assert three.is_dir()
    first, second, third = receipts()
    assert [one["numero"] for one in (first, second, third)] == [1, 2, 3]
    assert second["precedent"] == first["condense"]
    assert third["precedent"] == second["condense"]


def test_a_run_is_proved_with_the_rules_of_now(three: Path) -> None:
    assert three.is_dir()
    run = proved()
    assert (run.code, run.err) == (0, "")
    assert "3 reçus rejoués : 3 prouvés, 0 en échec" in run.out


def test_a_run_is_proved_with_the_rules_that_the_repository_had_then(shop: Path) -> None:
    old = reglo(*RULES, "--connu-le", "2024-01-10", "calculer", "commande.yaml", "--recu", JOURNAL)
    assert old.code == 0
    git(shop, "rm", "-r", "--quiet", "regles/textes/arrete-pain.yaml")
    git(shop, "commit", "--quiet", "-m", "sans pain")
    run = proved()
    assert (run.code, run.err) == (0, "")


def test_rules_that_were_never_committed_are_not_found(shop: Path) -> None:
    file = shop / "regles" / "textes" / "arrete-pain.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("alors: 0.2,", "alors: 0.3,"), encoding="utf-8")
    assert computed().code == 0
    file.write_text(text, encoding="utf-8")
    run = proved()
    assert (run.code, run.codes) == (1, ["E545"])
    assert "0 prouvé, 1 en échec" in run.out


def test_what_was_refused_is_a_part_of_what_is_proved(shop: Path) -> None:
    (shop / "commande.yaml").write_text("- {commande: C-1}\n- {commande: C-2, livree_le: hier}\n")
    assert computed().code == 1
    (one,) = receipts()
    assert one["comptes"] == {"calcules": 0, "refuses": 2}
    assert len(one["resultats"]["parties"]) == 2
    assert proved().code == 0


def test_an_input_is_found_by_its_content_under_any_name(shop: Path) -> None:
    computed()
    (shop / "rangement").mkdir()
    (shop / "commande.yaml").rename(shop / "rangement" / "2012.yaml")
    assert proved("--entrees", "rangement").code == 0


def test_the_standard_input_is_proved_when_it_was_kept(shop: Path) -> None:
    data = (shop / "commande.yaml").read_bytes()
    assert reglo(*RULES, "calculer", "-", "--recu", JOURNAL, data=data).code == 0
    assert proved().code == 0  # commande.yaml has that content


def test_an_input_that_has_changed_is_told(three: Path) -> None:
    text = (three / "commande.yaml").read_text(encoding="utf-8")
    (three / "commande.yaml").write_text(text.replace("100", "101"), encoding="utf-8")
    run = proved("--numero", "2")
    assert (run.code, run.codes) == (1, ["E546"])
    assert "aucun fichier n'a le contenu de « entree-1.yaml »" in run.err
    assert proved("--numero", "9").code == 2


def test_every_command_over_records_writes_a_receipt_that_is_proved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path, GOOD)
    written(tmp_path, renamed(MIXED, "AUTRE"), "autre.yaml")
    for words in (
        ("calculer", "dossier.yaml", "autre.yaml", "--lecture", OTHER_READING),
        ("expliquer", "dossier.yaml", "autre.yaml", "--dossier", "AUTRE", "--resultat", "hsa"),
        ("echeancier", "autre.yaml", "--validee-le", "2024-11-13"),
    ):  # fmt: skip
        run = reglo(*words, "--recu", JOURNAL)
        assert run.code == 0, run.err
    run = reglo("prouver", JOURNAL)
    assert (run.code, run.err) == (0, "")
    assert "3 reçus rejoués : 3 prouvés" in run.out


def test_a_campaign_is_proved_by_its_rows_whatever_their_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tables").mkdir()
    agents = "dossier,date,corps,grade\nD-1,2024-10-01,certifie,classe_normale\nD-2,hier,agrege,\n"
    (tmp_path / "tables" / "agents.csv").write_text(agents, encoding="utf-8")
    hours = "dossier,heures,niveau\nD-1,18,seconde_gt\nD-2,15,seconde_gt\n"
    (tmp_path / "tables" / "services.csv").write_text(hours, encoding="utf-8")
    run = reglo("campagne", "tables", "-o", "sortie", "--resultats", "ors,hsa", "--recu", JOURNAL)
    assert run.code == 1  # one is refused
    shutil.rmtree("sortie")
    (tmp_path / "tables").rename("ailleurs")
    run = reglo("prouver", JOURNAL, "--entrees", "ailleurs")
    assert (run.code, run.err) == (0, "")
    assert "1 dossier calculé, 1 refusé" in run.out


def test_another_engine_that_gives_something_else_is_told(three: Path) -> None:
    assert three.is_dir()
    content = receipts()[0]
    content["resultats"]["parties"][0] = f"hmac-{digest_of(b'autre chose')}"
    content["reglo"]["code"] = digest_of(b"un autre moteur")
    rewrite([written_line(sealed(content))])
    run = proved()
    assert (run.code, run.codes) == (1, ["E547"])
    assert "le reçu n° 1 n'est pas prouvé, le calcul donne autre chose : C-1" in run.err
    assert "réglo n'a plus le même code" in run.err


# --- a journal that was touched


def altered(found: list[str]) -> list[str]:
    return [found[0], found[1].replace('"calcules":1', '"calcules":2'), found[2]]


def first_removed(found: list[str]) -> list[str]:
    return found[1:]


def middle_removed(found: list[str]) -> list[str]:
    return [found[0], found[2]]


def reordered(found: list[str]) -> list[str]:
    return [found[0], found[2], found[1]]


def doubled(found: list[str]) -> list[str]:
    return [found[0], found[0], *found[1:]]


def forged(found: list[str]) -> list[str]:
    """Altered, with its own hash made again: the next one still holds that of the true one."""
    content = json.loads(found[1])
    content["comptes"]["calcules"] = 2
    return [found[0], written_line(sealed(content)), found[2]]


@pytest.mark.parametrize(
    ("attack", "codes", "told"),
    [
        (altered, ["E541"], "le reçu n° 2 a été modifié"),
        (first_removed, ["E542"], "le reçu n° 1 manque"),
        (middle_removed, ["E542"], "le reçu n° 2 manque"),
        (reordered, ["E542"] * 2, "le n° 4 est attendu"),
        (doubled, ["E542"], "le reçu n° 1 n'est pas à sa place : le n° 2 est attendu"),
        (
            forged,
            ["E547", "E542"],
            "le reçu n° 3 ne suit pas celui qui est écrit avant lui",
        ),
    ],
)
def test_a_journal_that_was_touched_is_told_at_its_line(
    three: Path, attack: Callable[[list[str]], list[str]], codes: list[str], told: str
) -> None:
    assert three.is_dir()
    rewrite(attack(lines()))
    run = proved()
    # receipts of different seconds, put in another order, are told of their days too
    found = [one for one in run.codes if attack is not reordered or one != "E596"]
    assert (run.code, found) == (1, codes)
    assert told in run.err


def test_the_end_that_was_removed_is_told_by_the_hash_noted_elsewhere(three: Path) -> None:
    assert three.is_dir()
    last = receipts()[-1]["condense"]
    assert proved("--dernier", last).code == 0
    rewrite(lines()[:2])
    assert proved().code == 0  # nothing in the journal itself tells it
    run = proved("--dernier", last)
    assert (run.code, run.codes) == (1, ["E544"])


def test_no_receipt_is_added_to_a_journal_whose_end_was_touched(three: Path) -> None:
    assert three.is_dir()
    whole = lines()
    for end, code in ((whole[2][:-40], "E541"),
                      (whole[2].replace('"calcules":1', '"calcules":2'), "E541"),
                      ("bonjour\n", "E119")):  # fmt: skip
        rewrite([*whole[:2], end])
        before = Path(JOURNAL).read_bytes()
        run = computed()
        assert (run.code, run.codes, run.out) == (2, [code], "")
        assert f"{JOURNAL}:3:" in run.err
        assert Path(JOURNAL).read_bytes() == before


def test_a_journal_that_cannot_be_written_is_told_before_anything_is_computed(shop: Path) -> None:
    assert shop.is_dir()
    run = reglo(*RULES, "calculer", "commande.yaml", "--recu", "absent/recus.jsonl")
    assert (run.code, run.codes, run.out) == (2, ["E550"], "")


def test_runs_at_the_same_time_take_their_turn(shop: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    words = (*RULES, "calculer", "commande.yaml", "--recu", JOURNAL)
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: process(*words, cwd=shop), range(4)))
    assert [one.returncode for one in done] == [0] * 4
    assert [one["numero"] for one in receipts()] == [1, 2, 3, 4]
    assert proved().code == 0


# --- signatures


def test_a_signed_receipt_is_proved_by_the_public_key(shop: Path) -> None:
    assert reglo("cle", "rectorat.pem").code == 0
    assert (shop / "rectorat.pem").stat().st_mode & 0o077 == 0
    assert computed("--cle", "rectorat.pem").code == 0
    run = proved("--cle", "rectorat.pem.pub")
    assert (run.code, run.err) == (0, "")
    assert f"1 reçu signé par la clé {receipts()[0]['cle']}" in run.out


def test_a_forged_chain_does_not_pass_for_signed(shop: Path) -> None:
    assert shop.is_dir()
    reglo("cle", "vraie.pem")
    reglo("cle", "fausse.pem")
    computed("--cle", "vraie.pem")
    true = receipts()[0]
    forged = sealed({**true, "comptes": {"calcules": 2, "refuses": 0}})
    rewrite([written_line(forged)])
    assert proved().codes == ["E543"]
    unsigned = sealed(
        {name: one for name, one in forged.items() if name not in {"cle", "signature"}}
    )
    rewrite([written_line(unsigned)])
    assert proved().codes == ["E547"]  # a chain made again, that no one has signed
    assert proved("--cle", "vraie.pem.pub").codes == ["E543"]
    Path(JOURNAL).unlink()
    computed("--cle", "fausse.pem")
    run = proved("--cle", "vraie.pem.pub")
    assert run.codes == ["E543"]
    assert "il est signé par une autre clé" in run.err


def test_a_key_is_never_overwritten_and_a_wrong_one_is_told(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert reglo("cle", "a.pem").code == 0
    secret = (shop / "a.pem").read_bytes()
    run = reglo("cle", "a.pem")
    assert (run.code, run.codes) == (2, ["E548"])
    assert (shop / "a.pem").read_bytes() == secret
    for name, told in (("absent.pem", "ne peut pas être lu"),
                       ("a.pem.pub", "ce n'est pas une clé privée"),
                       ("commande.yaml", "ce n'est pas une clé privée")):  # fmt: skip
        run = computed("--cle", name)
        assert (run.code, run.codes, run.out) == (2, ["E548"], "")
        assert told in run.err
    computed()
    run = proved("--cle", "commande.yaml")
    assert (run.code, run.out) == (2, "")
    assert "ce n'est ni une clé publique ni une clé privée" in run.err
    monkeypatch.setenv("REGLO_PHRASE", "une phrase")
    assert reglo("cle", "b.pem").code == 0
    assert computed("--cle", "b.pem").code == 0
    assert "n'est pas protégée" in computed("--cle", "a.pem").err
    monkeypatch.setenv("REGLO_PHRASE", "une autre")
    assert "ne s'ouvre pas avec cette phrase" in computed("--cle", "b.pem").err
    monkeypatch.delenv("REGLO_PHRASE")
    assert "protégée par une phrase" in computed("--cle", "b.pem").err


# --- archives


def test_an_archive_proves_a_journal_alone(three: Path, tmp_path: Path) -> None:
    run = reglo(*RULES, "archiver", "preuve.zip", "--journal", JOURNAL)
    assert (run.code, run.err) == (0, "")
    assert "1 corpus de règles, 1 fichier d'entrée" in run.out
    away = tmp_path / "ailleurs"
    away.mkdir()
    shutil.move(three / "preuve.zip", away / "preuve.zip")
    shutil.move(three / JOURNAL, away / JOURNAL)
    shutil.rmtree(three / ".git")
    (three / "regles" / "textes" / "arrete-pain.yaml").unlink()
    (three / "commande.yaml").unlink()
    whole = reglo("prouver", away / "preuve.zip")
    assert (whole.code, whole.err) == (0, "")
    beside = reglo("prouver", away / JOURNAL, "--archive", away / "preuve.zip")
    assert (beside.code, beside.err) == (0, "")


def test_the_same_contents_give_the_same_archive_to_the_byte(three: Path) -> None:
    reglo(*RULES, "archiver", "a.zip", "--journal", JOURNAL)
    (three / "commande.yaml").touch()
    reglo(*RULES, "archiver", "b.zip", "--journal", JOURNAL)
    assert (three / "a.zip").read_bytes() == (three / "b.zip").read_bytes()
    run = reglo(*RULES, "archiver", "a.zip")
    assert (run.code, run.codes) == (2, ["E549"])


def test_an_archive_of_the_rules_alone_finds_them_again(shop: Path) -> None:
    file = shop / "regles" / "textes" / "arrete-pain.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("alors: 0.2,", "alors: 0.3,"), encoding="utf-8")
    computed()
    assert reglo(*RULES, "archiver", "regles.zip").code == 0
    file.write_text(text, encoding="utf-8")
    assert proved("--archive", "regles.zip").code == 0
    assert reglo("prouver", "regles.zip").code == 2  # it has no journal


def test_a_content_that_was_changed_in_an_archive_proves_nothing(three: Path) -> None:
    reglo(*RULES, "archiver", "preuve.zip", "--journal", JOURNAL)
    with zipfile.ZipFile("preuve.zip") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    (name,) = (one for one in members if one.startswith("entrees/"))
    members[name] = members[name].replace(b"100", b"101")
    shutil.rmtree(three / ".git")
    (three / "commande.yaml").unlink()
    with zipfile.ZipFile("preuve.zip", "w") as archive:
        for one, content in members.items():
            archive.writestr(one, content)
    run = reglo(*RULES, "prouver", "preuve.zip")
    assert (run.code, run.codes) == (1, ["E549"])
    assert "un fichier y a été changé" in run.err


def test_what_is_not_an_archive_of_reglo_is_told_and_writes_nowhere(shop: Path) -> None:
    computed()
    (shop / "a.zip").write_bytes(b"bonjour")
    assert proved("--archive", "a.zip").codes == ["E549"]
    with zipfile.ZipFile("b.zip", "w") as archive:
        archive.writestr("corpus/../../evade.yaml", "oui")
    assert proved("--archive", "b.zip").codes == ["E549"]
    assert not list(shop.parent.rglob("evade.yaml"))


def test_what_cannot_be_found_is_told_and_nothing_is_archived(three: Path) -> None:
    (three / "commande.yaml").unlink()
    run = reglo(*RULES, "archiver", "preuve.zip", "--journal", JOURNAL)
    assert (run.code, run.codes) == (1, ["E546"] * 3)
    assert not (three / "preuve.zip").exists()


def test_programs_read_the_proof(three: Path) -> None:
    assert three.is_dir()
    rewrite(altered(lines()))
    run = proved("--format", "json")
    told = json.loads(run.out)
    assert [one["prouve"] for one in told["recus"]] == [True, False, True]
    assert [one["code"] for one in told["constats"]] == ["E541"]


# --- receipts of the first form, written before hashes had a key


def first_form(content: dict[str, Any], entries: list[tuple[str, Path]], **parts: object) -> str:
    """The receipt of the same run as it was written then: names and hashes in clear."""
    content = {name: one for name, one in content.items() if name != "sel"}
    content |= {"schema": "recu.v1", **parts}
    content["entrees"] = [
        {"nom": name, "empreinte": digest_of(path.read_bytes()), "octets": path.stat().st_size}
        for name, path in entries
    ]
    return written_line(sealed(content))


def test_a_receipt_of_the_first_form_is_still_proved_and_followed(shop: Path) -> None:
    file = shop / "commande.yaml"
    words = ("--format", "json")
    run = reglo(*RULES, "expliquer", file, "--dossier", "C-1", "--recu", JOURNAL, *words)
    (content,) = receipts()
    parts = [digest_of(canonical(one)) for one in run.records]
    results = {"ensemble": digest_of("\n".join(parts).encode()), "parties": parts}
    settings = {"dossier": "C-1"}
    entries = [(file.as_posix(), file)]
    rewrite([first_form(content, entries, resultats=results, reglages=settings)])
    salt_file(Path(JOURNAL)).unlink()  # there was none
    run = proved()
    assert (run.code, run.err) == (0, "")
    assert computed().code == 0
    assert [one["schema"] for one in receipts()] == ["recu.v1", "recu.v2"]
    assert proved().code == 0


def test_a_campaign_of_the_first_form_is_still_proved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tables").mkdir()
    agents = "dossier,date,corps,grade\nD-1,2024-10-01,certifie,classe_normale\n"
    (tmp_path / "tables" / "agents.csv").write_text(agents, encoding="utf-8")
    run = reglo("campagne", "tables", "-o", "sortie", "--resultats", "ors", "--recu", JOURNAL)
    assert run.code == 0, run.err
    (content,) = receipts()
    folder = tmp_path.as_posix()
    entries = [(f"{folder}/tables/agents.csv", tmp_path / "tables" / "agents.csv")]
    rewrite(
        [
            first_form(
                content, entries, resultats=contents_of_run(tmp_path / "sortie"),
                reglages={"entree": f"{folder}/tables", **content["reglages"]},
            )
        ]
    )  # fmt: skip
    run = reglo("prouver", JOURNAL)
    assert (run.code, run.err) == (0, "")


# --- keys, names and ends


def test_the_key_of_the_environment_is_that_which_must_have_signed(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shop.is_dir()
    reglo("cle", "rectorat.pem")
    computed()
    monkeypatch.setenv("REGLO_CLE", "rectorat.pem")
    assert proved().codes == ["E543"]
    Path(JOURNAL).unlink()
    computed()  # signed by that key, which is also the one that proves
    run = proved()
    assert (run.code, run.err) == (0, "")
    assert "1 reçu signé par la clé" in run.out
    monkeypatch.setenv("REGLO_CLE", "rectorat.pem.pub")
    assert proved().code == 0


def test_no_name_of_a_person_is_in_a_receipt(shop: Path) -> None:
    file = shop / "DUPONT-Claire.yaml"
    shutil.copyfile("commande.yaml", file)
    file.write_text(file.read_text(encoding="utf-8").replace("C-1", "DUPONT"), encoding="utf-8")
    bad = shop / "PETIT.yaml"
    bad.write_text("- {commande: PETIT, livree_le: hier}\n- {commande: PETIT}\n", encoding="utf-8")
    words = (str(file), "PETIT.yaml", "--recu", JOURNAL)
    reglo(*RULES, "calculer", *words)
    reglo(*RULES, "expliquer", *words, "--dossier", "DUPONT")
    reglo(*RULES, "expliquer", *words, "--dossier", "PETIT")
    text = Path(JOURNAL).read_text(encoding="utf-8")
    assert "DUPONT" not in text
    assert "PETIT" not in text
    assert shop.as_posix() not in text
    assert len(receipts()) == 3
    run = proved()
    assert (run.code, run.err) == (0, "")


def test_the_same_file_read_twice_is_proved(shop: Path) -> None:
    (shop / "autre.yaml").write_bytes((shop / "commande.yaml").read_bytes())
    run = reglo(*RULES, "calculer", "autre.yaml", "commande.yaml", "autre.yaml", "--recu", JOURNAL)
    assert run.code == 1  # the same identifier twice in a file
    names = [one["nom"] for one in receipts()[0]["entrees"]]
    assert names == ["entree-1.yaml", "entree-2.yaml", "entree-1.yaml"]
    assert proved().code == 0


def test_a_receipt_written_by_half_is_mended_by_a_command(three: Path) -> None:
    half = lines()[2][:-40]
    rewrite([*lines()[:2], half])
    run = proved()
    assert (run.code, run.codes) == (1, ["E541"])
    assert "2 reçus rejoués : 2 prouvés" in run.out
    run = proved("--reparer")
    assert run.code == 0
    assert "le reçu inachevé est mis de côté dans recus.jsonl.reste-1" in run.err
    assert (three / "recus.jsonl.reste-1").read_text(encoding="utf-8") == half
    assert "il n'y a rien à réparer" in proved("--reparer").err
    assert computed().code == 0
    assert reglo("prouver", "preuve.zip", "--reparer").code == 2


def test_a_receipt_that_may_be_on_an_unreadable_line_is_not_said_to_be_absent(three: Path) -> None:
    assert three.is_dir()
    rewrite([*lines()[:2], "bonjour\n"])
    run = proved("--numero", "3")
    assert (run.code, run.codes) == (1, ["E119"])


def test_a_journal_without_its_secret_proves_nothing(three: Path) -> None:
    secret = salt_file(three / JOURNAL)
    secret.rename(three / "ailleurs.sel")
    run = proved()
    assert (run.code, run.codes) == (1, ["E595"] * 3)
    assert computed().codes == ["E595"]
    (three / "ailleurs.sel").rename(secret)
    assert proved().code == 0


def test_a_receipt_asked_for_of_the_future_is_told(three: Path) -> None:
    assert three.is_dir()
    content = receipts()[0]
    content["fait_le"] = "9998-01-01T00:00:00Z"
    rewrite([written_line(sealed(content))])
    run = proved()
    assert (run.code, run.codes) == (1, ["E596"])
    assert computed().codes == ["E550"]  # nothing comes before it


def test_a_name_that_no_run_has_is_told(three: Path) -> None:
    """The record that was asked for is none of those that were read."""
    assert three.is_dir()
    content = receipts()[0]
    content["commande"] = "expliquer"
    content["reglages"]["dossier"] = f"hmac-{digest_of(b'')}"
    rewrite([written_line(sealed(content))])
    run = proved()
    assert (run.code, run.codes) == (1, ["E597"])
