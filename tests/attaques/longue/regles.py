"""Mutated rules: told at their line and in French, or sound, and then all ways of computing agree.

The corpus is that of the tests, whole or with one of their faults; now and then that of réglo, as
it is (any results over any epochs) or mutated.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path

import yaml

from engine.cas.draws import Dice
from engine.evaluation.law import Folder, Law, check_corpus, corpus_folder, load_law, read_folder
from engine.source.diagnostics import Diagnostic
from tests.attaques.longue import mutations
from tests.attaques.longue.accord import bounded, compare
from tests.attaques.longue.base import Trial, english
from tests.langage.bakery import CORPUS, FOLDER, sound_files
from tests.langage.test_fautes import FAULTS, files_of

EXPRESSION = re.compile(r"(?<=valeur: )[^,}\n]+|(?<=si: )[^,}\n]+|(?<=somme: )[^,}\n]+")
NAME = re.compile(r"\b[a-z][a-z0-9_]{3,}\b")
OPERATORS = (
    "+", "-", "*", "/", "//", "%", "**", "<", "≤", "=", "≠", " et ", " ou ", " si ", " parmi ",
    " non ", " alors ", " sinon ", ",", ".", "(", ")", "[", "]", ":=", "@", "|", "~",
    "<=", "==", "!=", " and ", " or ", " if ", " in ", " not ", " else ",
)  # fmt: skip
SIGN = re.compile(r" (?:[-+*/<>≤≥=≠]|et|ou|parmi|si|alors|sinon) ")
HOSTILE = (
    "().__class__.__bases__[0].__subclasses__()", "__import__('os').system('true')",
    "(lambda: 1)()", "[x for x in fournees]", "{x: 1 for x in fournees}", "9**9**9", "2**100000",
    "1 << 99999", "(" * 300 + "1" + ")" * 300, "-" * 3000 + "1", " + ".join(["1"] * 4000),
    "f'{total}'", "'a' * 999999999", "max()", "max(1)", "min(*fournees)", "abs(x=1)", "défaut()",
    "quantite.__class__", "total.real", "client", "client.x.y.z", "fournees", "fournees[0]",
    "1 if 1", "si vrai alors 1 sinon", "si pieces alors pieces sinon pieces", "si si si", "１２",
    "ℎeures", "1_000", "0x10",
    "1e400", "1e-400", "True", "None", "...", "yield", "await total", "print(1)", "total := 1",
    "1/0", "pieces / 0", "pieces // 0", "pieces % 0", "total = total = total", "non total",
    "non " * 300 + "vrai", "si vrai alors " * 60 + "1",
    "pain < brioche", "'a' parmi 'abc'", "pieces parmi", "pieces non", "pieces non parmi []",
    "vrai + vrai", "'\\x00'", '"""a"""', "b'a'", "1j",
    "a\\\nb", "total;total", "#", "", " ", "présent(présent(total))", "date(2024, 1, 1)",
    "requis(requis(distance))", "défaut(distance, défaut(distance, 1 / 0))", "jours(1, 2)",
    "0.1 + 0.2 = 0.3", "2010-02-30 < livree_le", "2010-02-28-1",
    "99999999999999999999 * 99999999999999999999", "exec", "total if x in y",
)  # fmt: skip


def prepare(shared: Path) -> None:
    """The schema of the corpus of the tests, which a campaign can hold."""
    shutil.copytree(CORPUS / "schemas", shared / "schemas")
    bounded(shared)


@cache
def real_files() -> dict[str, bytes]:
    contents, _, findings = read_folder(corpus_folder(None))
    assert findings == ()
    return contents


def attempt(trial: Trial) -> None:
    dice = trial.dice
    real = trial.chance(15)
    if real and trial.chance(2):
        law, findings = load_law()
        assert law is not None, findings
        compare(trial, law, campaign=trial.chance(4), count=4)
        return
    own = trial.shared / "schemas" / FOLDER.record_schema.name
    held = FOLDER if trial.chance(10) else replace(FOLDER, record_schema=own)
    folder = corpus_folder(None) if real else held
    files = dict(real_files() if real else sound_files())
    faulty = not real and trial.chance(8)
    if faulty:
        files |= {name: text.encode() for name, text in files_of(dice.choose(FAULTS)).items()}
    for _ in range(dice.choose((1, 1, 1, 2, 4))):
        name = dice.choose(sorted(files))
        data = files[name]
        files[name] = spoiled(dice, data)
        (trial.kept / Path(name).name).write_bytes(files[name])
        (trial.kept / f"{Path(name).name}.avant").write_bytes(data)
    if trial.chance(30):
        on_screen(trial, folder, files)
    check(trial, folder, files, campaign=trial.chance(40))


def check(trial: Trial, folder: Folder, files: dict[str, bytes], *, campaign: bool) -> None:
    """What is told of rules, and whether they compute when nothing is wrong with them."""
    corpus, findings = check_corpus(folder, files, f"sha256:{trial.name}")
    for one in findings:
        look(trial, one, folder.shown, files)
    if corpus is not None:
        compare(trial, Law(corpus), campaign=campaign)
        return
    trial.counts["refus"] += 1
    if not any(one.severity == "erreur" for one in findings):
        trial.found("refus muet", "des règles refusées sans une erreur")


def on_screen(trial: Trial, folder: Folder, files: dict[str, bytes]) -> None:
    """The same, by the command: what it prints is looked at."""
    rules = trial.place / "regles"
    for name, content in files.items():
        path = rules / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    shutil.copytree(folder.record_schema.parent, trial.place / "schemas")
    trial.counts["valider"] += 1
    trial.sentence(trial.reglo("--regles", "regles", "valider"), (0, 1))


def look(trial: Trial, one: Diagnostic, shown: str, files: dict[str, bytes]) -> None:
    """A diagnostic has a place in its file, and speaks French."""
    trial.note(str(one))
    text = files.get(one.span.file.removeprefix(f"{shown}/"))
    if one.span.line < 1 or one.span.column < 1:
        trial.found(f"lieu {one.code}", f"{one.code} n'a pas de ligne")
    elif text is not None and one.span.line > len(text.decode(errors="replace").splitlines()) + 1:
        trial.found(f"lieu {one.code}", f"{one.code} : une ligne qui n'existe pas")
    for said in (one.message, *one.hints, *(words for _, words in one.labels)):
        if (word := english(said)) is not None:
            trial.found(f"anglais {one.code} {word}", f"{one.code} en anglais : {said[:200]}")


def spoiled(dice: Dice, data: bytes) -> bytes:
    """One mutation of a rule file."""
    text = data.decode(errors="surrogateescape")
    match dice.pick(8):
        case 0:
            return mutations.bytes_of(dice, data)
        case 1 | 2:
            found = mutations.lines_of(dice, text)
        case 3 | 4:
            found = expression(dice, text)
        case 5:
            found = names(dice, text)
        case _:
            found = structure(dice, text)
    return found.encode(errors="surrogateescape")


def expression(dice: Dice, text: str) -> str:
    places = list(EXPRESSION.finditer(text))
    if not places:
        return mutations.scalar_of(dice, text)
    chosen = dice.choose(places)
    signs = list(SIGN.finditer(chosen[0]))
    match dice.pick(4):
        case 0:
            new = dice.choose(HOSTILE)
        case 1 if signs:
            at = dice.choose(signs)
            new = chosen[0][: at.start()] + f" {dice.choose(OPERATORS)} " + chosen[0][at.end() :]
        case 2:
            new = f"{chosen[0]} {dice.choose(OPERATORS)} {dice.choose(HOSTILE)}"
        case _:
            new = dice.choose(places)[0]
    if dice.pick(2) and new[:1] not in "\"'":
        new = '"' + new.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return text[: chosen.start()] + new + text[chosen.end() :]


def names(dice: Dice, text: str) -> str:
    """A name in place of another, once or everywhere."""
    found = list(NAME.finditer(text))
    if not found:
        return text
    chosen, other = dice.choose(found), dice.choose(found)[0]
    if dice.pick(2):
        return re.sub(rf"\b{chosen[0]}\b", other, text)
    return text[: chosen.start()] + other + text[chosen.end() :]


def structure(dice: Dice, text: str) -> str:
    try:
        documents = list(yaml.safe_load_all(text))
    except (yaml.YAMLError, ValueError):
        return mutations.lines_of(dice, text)
    found = mutations.tree_of(dice, documents)
    kept = found if isinstance(found, list) else [found]
    written: str = yaml.dump_all(kept, allow_unicode=True, sort_keys=False)
    return written
