"""Names that mean something elsewhere: of files, of rules; and what others put in the cache."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import re
import shutil
from pathlib import Path

import duckdb

from engine.cas.draws import Dice
from engine.evaluation.law import Folder, Law, check_corpus, read_folder
from engine.source.digests import digest_of_file
from tests.attaques.longue.accord import bounded, compare
from tests.attaques.longue.base import Trial, tree
from tests.attaques.longue.scenes import RULES
from tests.langage.bakery import CORPUS
from tests.langage.shop import make_shop

SPECIAL = (
    "[1]", "*", "?", "[a-z]", "{a,b}", "'", '"', ";", "$HOME", "%20", "~", "#", "&", "\n", "é", " ",
    "e\u0301", "-", "--", "\\", "|", "`", "(", "**", "[!x]", "s3:", "\t", "<b>", "😀", "%s", "${x}",
    "!", "=1", ".en-cours", ".csv", "\x1b[31m", "\u202e", "'; --",
)  # fmt: skip
RULE = re.compile(r"^  ([a-z][a-z0-9_]*):$", re.MULTILINE)
# Names of columns, of views, of Python and of SQL that a compiled law may write by itself.
PARTS = (
    "numero", "rang", "epoque", "dossier", "dossiers", "ligne", "lignes", "rejets", "resultats",
    "anomalies", "champs", "listes", "valeur", "calculer", "non_calculables", "commande", "date",
    "livree_le", "client", "client_categorie", "categorie", "fournees", "fournees_quantite",
    "total", "quantite", "produit", "fours", "four", "fournees_produit", "client_fidele",
)  # fmt: skip
ENDS = ("", "", "", "__manque", "__lignes", "__existe", "__den", "_1", "__1", "_numero", "_rang")
WORDS = (
    "select", "order", "group", "table", "case", "end", "lambda", "def", "none", "int", "set",
    "len", "min", "max", "abs", "null", "true", "values", "row", "date_part", "sum", "t", "n",
    "table_1", "lignes_fournees", "r0", "c0", "x", "self", "print", "range", "primary", "user",
)  # fmt: skip
ORDERS = "commande;livree_le;categorie\nC-1;2012-06-01;cantine\n"


def prepare(shared: Path) -> None:
    make_shop(shared / "depart")
    bounded(shared / "depart")


def attempt(trial: Trial) -> None:
    trial.dice.choose((paths, paths, names, names, cached))(trial)


# --- paths


def paths(trial: Trial) -> None:
    """A folder with a strange name holds 10 loaves; those that its name could mean hold others."""
    dice = trial.dice
    shop = trial.place / "boutique"
    shutil.copytree(trial.shared / "depart", shop, symlinks=True)
    name = "pop" + "".join(dice.choose(SPECIAL) for _ in range(1 + dice.pick(3)))
    decoys = {re.sub(r"\[.*?\]|\?", other, name).replace("*", "x") for other in ("1", "a", "b")}
    decoys |= {name.replace("*", ""), "popx", "pop1", "popa"}
    form = dice.choose((".csv", ".jsonl", ".parquet", ".duckdb"))
    for at, one in enumerate([*sorted(decoys - {name}), name]):
        orders(shop / one, form, 10 if one == name else 500 + at)
    source = shop / (name + (form if form in {".jsonl", ".duckdb"} else ""))
    output = "res" + "".join(dice.choose(SPECIAL) for _ in range(dice.pick(3)))
    (shop / "res1.en-cours" / "lots").mkdir(parents=True)
    asked = ("--resultats", "montant_brut")
    words = ("campagne", f"./{source.name}", "-o", f"./{output}", *asked)
    trial.note(f"{name!r} {form} {output!r}")
    before = set(tree(shop))
    ended = trial.reglo(*RULES, *words, cwd=shop)
    trial.sentence(ended, (0, 1))
    trial.counts["refus"] += ended.code != 0
    added = {one for one in set(tree(shop)) - before if not one.startswith(f"{output}/")}
    if added:
        trial.found("ailleurs", f"écrit ailleurs que dans la sortie : {sorted(added)[:3]}")
    if ended.code:
        if "E133" not in ended.err or "\\" not in name:  # E133: DuckDB cannot be given that name
            said = ended.err[-200:] or ended.out
            trial.found("nom refusé", f"{name!r} {form} refusé : {said!r}")
        return
    (amount,) = rows(shop / output / "resultats.parquet", "montant_brut")
    if amount != "11.00":
        trial.found("autre fichier", f"{name!r} : {amount} au lieu de 11.00")
    manifest = json.loads((shop / output / "manifeste.json").read_text(encoding="utf-8"))
    for file, digest in manifest["entree"]["fichiers"].items():
        folder = source if source.is_dir() else source.parent
        if digest != digest_of_file(folder / file):
            trial.found("autre empreinte", f"{name!r} : l'empreinte est celle d'un autre fichier")
    ended = trial.reglo(*RULES, "expliquer", "--campagne", f"./{output}", "--dossier", "C-1",
                        "--resultat", "montant_brut", cwd=shop)  # fmt: skip
    trial.sentence(ended)
    if ended.code == 0 and "11,00" not in ended.out:
        trial.found("autre explication", f"{name!r} : expliquer dit {ended.out[:200]!r}")


def orders(path: Path, form: str, loaves: int) -> None:
    """One order of so many loaves, in a folder of tables or in a file."""
    batch = f"commande;produit;quantite\nC-1;pain;{loaves}\n"
    if form == ".jsonl":
        line = {"commande": "C-1", "livree_le": "2012-06-01", "client": {"categorie": "cantine"},
                "fournees": [{"produit": "pain", "quantite": loaves}]}  # fmt: skip
        path.with_name(path.name + form).write_text(json.dumps(line) + "\n", encoding="utf-8")
        return
    tables = {"dossiers": ORDERS, "fournees": batch}
    if form == ".csv":
        path.mkdir()
        for name, text in tables.items():
            (path / f"{name}.csv").write_text(text, encoding="utf-8")
        return
    plain = Path("table") / f"{loaves}"  # DuckDB writes under a plain name, then it is renamed
    plain.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(plain / "base")) as link:
        for name, text in tables.items():
            file = plain / f"{name}.txt"
            file.write_text(text, encoding="utf-8")
            query = f"SELECT * FROM read_csv('{file}', all_varchar = true, delim = ';')"
            if form == ".parquet":
                link.execute(f"COPY ({query}) TO '{plain}/{name}.parquet'")
            else:
                link.execute(f"CREATE TABLE {name} AS {query}")
            file.unlink()
    if form == ".parquet":
        (plain / "base").unlink()
        plain.rename(path)
    else:
        (plain / "base").rename(path.with_name(path.name + form))


def rows(path: Path, column: str) -> list[str]:
    """A column of a table, whatever the name of its file."""
    shutil.copyfile(path, "lu.parquet")
    return [str(one) for (one,) in duckdb.execute(f"SELECT {column} FROM 'lu.parquet'").fetchall()]


# --- names of rules, of tables, of parameters


def names(trial: Trial) -> None:
    """A name of the rules becomes another one everywhere: refused, or nothing changes."""
    dice = trial.dice
    place = trial.kept / "corpus"
    shutil.copytree(CORPUS, place)
    shutil.rmtree(place / "regles" / "publications")
    if not trial.chance(8):
        bounded(place)
    files = sorted((place / "regles").rglob("*.yaml"))
    known = [one for file in files for one in RULE.findall(file.read_text("utf-8"))]
    old = dice.choose(sorted(set(known)))
    new = dice.choose((f"{dice.choose(PARTS)}{dice.choose(ENDS)}", dice.choose(WORDS),
                       f"{dice.choose(known)}{dice.choose(ENDS[3:])}"))  # fmt: skip
    trial.note(f"{old} → {new}")
    for file in files:
        text = file.read_text(encoding="utf-8")
        file.write_text(re.sub(rf"(?<![\w.]){old}(?![\w.])", new, text), encoding="utf-8")
    folder = Folder(place / "regles", place / "schemas" / "dossier.v1.json", "regles")
    contents, _, _ = read_folder(folder)
    corpus, findings = check_corpus(folder, contents, f"sha256:{trial.name}")
    trial.note("\n".join(map(str, findings)))
    if corpus is None:
        trial.counts["refus"] += 1
        return
    compare(trial, Law(corpus), campaign=True)


# --- caches


class Payload:
    """What runs a command when it is unpickled."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (self.command,)


def cached(trial: Trial) -> None:
    """What others could have put in the cache is not believed, and never run."""
    dice = trial.dice
    shop, cache = trial.place / "boutique", trial.place / "cache"
    shutil.copytree(trial.shared / "depart", shop, symlinks=True)
    env = {"XDG_CACHE_HOME": str(cache)}
    known = ("--connu-le", "2024-01-10") if trial.chance(2) else ()
    words = (*RULES, *known, "calculer", "commande.yaml", "--format", "json")
    first = trial.reglo(*words, cwd=shop, env=env)
    assert first.code == 0, first.err
    canary = trial.place / "canari"
    files = [one for one in sorted(cache.rglob("*")) if one.is_file()]
    for one in files if trial.chance(2) else [dice.choose(files)]:
        poison(dice, one, files, canary)
    if trial.chance(2):
        for one in cache.rglob("*"):
            one.chmod(0o777)
    second = trial.reglo(*words, cwd=shop, env=env)
    trial.sentence(second)
    if canary.exists():
        trial.found("exécution", "le cache a exécuté ce qu'un autre y avait mis")
    if second.code == 0 and second.out != first.out:
        trial.found("cache cru", "le cache a donné d'autres montants")
    elif second.code:
        trial.found("cache fatal", f"un cache abîmé arrête tout : {second.err[:200]!r}")


def poison(dice: Dice, path: Path, files: list[Path], canary: Path) -> None:
    data = path.read_bytes()
    load = pickle.dumps(Payload(f"touch {canary}"))
    match dice.pick(6):
        case 0:
            path.write_bytes(hashlib.sha256(load).digest() + load)
        case 1:
            path.write_bytes(data[:32] + load)
        case 2:
            path.write_bytes(load)
        case 3:
            path.write_bytes(data[: dice.pick(len(data) + 1)])
        case 4:
            path.write_bytes(dice.choose(files).read_bytes())
        case _:
            changed = data.replace(b"alors: 0.1,", b"alors: 0.9,").replace(b"0.1", b"0.9")
            at = dice.pick(len(data) or 1)
            flipped = data[:at] + bytes([dice.pick(256)]) + data[at + 1 :]
            path.write_bytes(changed if changed != data else flipped)
