"""Each command that writes, in a folder where it can be run, stopped and run again.

A folder is looked at through the hashes of its files: before, after a run that nothing stops, and
after what was done to a run.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

import duckdb
from openpyxl import load_workbook

from engine.cas.draws import Dice
from tests.attaques.longue.base import Ended, Tree, Trial, differing, tree
from tests.langage.shop import git, make_shop

SIZE = 3000  # orders of the campaign
PRICES = "classeur.xlsx"
FILLER = "plein"  # what takes the place on a small disk
RULES = ("--regles", "regles")


@dataclass(frozen=True, slots=True)
class Scene:
    """``words``: the command; ``writes``: the first parts of the paths that it makes or changes."""

    name: str
    words: tuple[str, ...]
    writes: tuple[str, ...]
    again: tuple[str, ...] = ()  # what goes on with a run that was stopped


CAMPAIGN = (
    "campagne", "commandes", "-o", "sortie", "--lot", "1000", "--fils", "1",
    "--resultats", "montant_brut,remise,total",
)  # fmt: skip
SCENES = (
    Scene("campagne", CAMPAIGN, ("sortie",), ("--reprendre",)),
    Scene("campagne --recu", (*CAMPAIGN, "--recu", "recus.jsonl"), ("sortie", "recus.jsonl"),
          ("--reprendre",)),
    Scene("impact",
          ("impact", "commandes", "--avant", "regles_avant", "-o", "effet", "--fils", "1"),
          ("effet",)),
    Scene("prouver", ("prouver", "recus.jsonl"), ()),
    Scene("archiver", ("archiver", "preuve.zip", "--journal", "recus.jsonl"), ("preuve.zip",)),
    Scene("calculer --recu", ("calculer", "commande.yaml", "--recu", "recus.jsonl"),
          ("recus.jsonl",)),
    Scene("nouvelle-version",
          ("nouvelle-version", "arrete-pain", "--depuis", "2026-09-01", "--indexer", "1,5",
           "--oui"), ("regles/",)),
    Scene("importer-table", ("importer-table", PRICES, "--oui"), ("regles/",)),
    Scene("exporter-table", ("exporter-table", "prix_a_la_piece", "plafond_remise", "prix.xlsx"),
          ("prix.xlsx",)),
    Scene("comparer", ("comparer", "regles_avant", "regles", "-o", "comparaison.html"),
          ("comparaison.html",)),
)  # fmt: skip


def prepare(shared: Path) -> None:
    """The folder where all begin, and what each command makes of it when nothing stops it."""
    start = shared / "depart"
    shop_of_effects(start)
    shutil.copytree(start / "regles", start / "regles_avant")
    other = start / "regles_avant" / "textes" / "arrete-pain.yaml"
    other.write_text(
        other.read_text(encoding="utf-8").replace("alors: 0.2,", "alors: 0.1,"), encoding="utf-8"
    )
    population(start / "commandes", SIZE)
    git(start, "add", ".")
    git(start, "commit", "--quiet", "-m", "tout")
    trial = Trial("prêt", shared, shared, Dice("prêt"))
    trial.kept.mkdir()
    trial.temporary.mkdir()
    for words in (
        ("calculer", "commande.yaml", "--recu", "recus.jsonl"),
        ("campagne", "commandes", "-o", "sortie", "--resultats", "remise", "--recu", "recus.jsonl"),
        ("exporter-table", "plafond_remise", "prix_a_la_piece", PRICES),
    ):
        ended = trial.reglo(*RULES, *words, cwd=start)
        assert ended.code == 0, ended.err
    shutil.rmtree(start / "sortie")
    book = load_workbook(start / PRICES)
    book["prix_a_la_piece"]["C10"] = 1.15
    book.save(start / PRICES)
    ends = {}
    for scene in SCENES:
        folder = shutil.copytree(start, whole_of(shared, scene), symlinks=True)
        ended = trial.reglo(*RULES, *scene.words, cwd=folder)
        assert scene.name == "nouvelle-version" or ended.code == 0, ended.err
        ends[scene.name] = (ended.code, ended.seconds)
        made = differing(tree(start), tree(folder))
        assert all(one.startswith((*scene.writes, "recus.jsonl.verrou")) for one in made), made
        assert bool(made) == bool(scene.writes), scene.name
    (shared / "fins.json").write_text(json.dumps(ends), encoding="utf-8")


def shop_of_effects(folder: Path) -> None:
    """The bakery, and the total by which an effect is measured."""
    make_shop(folder)
    results = folder / "regles" / "resultats.yaml"
    text = results.read_text(encoding="utf-8")
    results.write_text(
        text.rstrip() + "\n  effets: {total: total, par: [client.categorie]}\n", encoding="utf-8"
    )


def whole_of(shared: Path, scene: Scene) -> Path:
    """The folder after a run of ``scene``."""
    return shared / "entier" / scene.name.replace(" ", "_")


def population(folder: Path, size: int) -> None:
    """Orders of one batch each, by people who have names."""
    folder.mkdir()
    with (folder / "dossiers.csv").open("w", encoding="utf-8") as orders:
        orders.write("commande;livree_le;categorie;nom\n")
        orders.writelines(f"C-{at};2012-06-01;cantine;DURAND-{at}\n" for at in range(size))
    with (folder / "fournees.csv").open("w", encoding="utf-8") as batches:
        batches.write("commande;produit;quantite\n")
        batches.writelines(f"C-{at};pain;{at % 200}\n" for at in range(size))


@dataclass(slots=True)
class Run:
    """A scene in a folder of its own, whatever is done to its run."""

    trial: Trial
    scene: Scene
    folder: Path
    before: Tree
    whole: Tree

    @classmethod
    def begin(cls, trial: Trial, scene: Scene, folder: Path) -> Run:
        shutil.copytree(trial.shared / "depart", folder, symlinks=True, dirs_exist_ok=True)
        return cls(trial, scene, folder, tree(folder), tree(whole_of(trial.shared, scene)))

    def found(self, kind: str, words: str) -> None:
        """A finding, and the folder as it was left."""
        self.trial.found(f"{kind} {self.scene.name}", f"{self.scene.name} : {words}")
        left = self.trial.kept / "laisse"
        if not left.exists():
            skipped = shutil.ignore_patterns(".git", "commandes", "regles_avant")
            shutil.copytree(self.folder, left, symlinks=True, ignore=skipped)

    def look(self, *, extras: bool) -> bool:
        """Nothing is half-written; whether all is as after a whole run.

        ``extras``: files under other names may be left (a kill cannot be caught).
        """
        after = tree(self.folder)
        made: list[str] = []
        for name in differing(self.before, after):
            if name not in after:
                self.found("disparu", f"{name} n'est plus là")
            elif name.split("/")[0].endswith((".en-cours", ".verrou", FILLER)):
                continue
            elif name in self.whole and name.startswith(self.scene.writes or ("\0",)):
                made.append(name)
                if after[name] != self.whole[name] and (why := self.broken(name)):
                    self.found("à moitié écrit", f"{name} : {why}")
            elif name.startswith("regles/") and name.endswith((".yaml", ".yml")):
                self.found("reste dans les règles", name)
            elif not extras:
                self.found("reste", f"{name.split('/')[0]} reste après la fin")
        expected = differing(self.before, self.whole)
        there = [one for one in expected if one in made or one.endswith(".verrou")]
        for top in ("sortie/", "effet/"):
            asked = {one for one in expected if one.startswith(top)}
            if asked & set(made) not in (set(), asked):
                self.found("en partie", f"{top} n'a que {', '.join(sorted(asked & set(made)))}")
        return len(there) == len(expected)

    def broken(self, name: str) -> str | None:
        """Why a file that is not the same, to the byte, as that of a whole run is not whole."""
        path = self.folder / name
        try:
            match path.suffix:
                case ".xlsx":
                    load_workbook(path)
                case ".zip":
                    with zipfile.ZipFile(path) as archive:
                        return archive.testzip()
                case ".json":
                    json.loads(path.read_text(encoding="utf-8"))
                case ".parquet":
                    return self.other_rows(path, whole_of(self.trial.shared, self.scene) / name)
                case ".jsonl":
                    return self.journal(path)
                case _:
                    return "ni comme avant, ni comme après"
        except Exception as error:  # noqa: BLE001 - whatever a reader says of a damaged file
            return f"{type(error).__name__}: {error}"
        return None

    def other_rows(self, one: Path, other: Path) -> str | None:
        for here, there in ((one, other), (other, one)):
            query = f"SELECT * FROM '{here}' EXCEPT ALL SELECT * FROM '{there}'"
            if duckdb.execute(query).fetchall():
                return "d'autres lignes"
        return None

    def journal(self, path: Path) -> str | None:
        """The receipts of before, then one of each run at most; half of one is for « prouver »."""
        then = (self.trial.shared / "depart" / path.name).read_bytes()
        now = path.read_bytes()
        if not now.startswith(then):
            return "les reçus d'avant ont changé"
        added = now[len(then) :]
        return None if added.count(b"\n") <= 2 else "plus de deux reçus"

    def go_on(self, *, done: bool) -> None:
        """Run it again, or go on with it: it ends as if nothing had happened, or says why not."""
        trial, scene = self.trial, self.scene
        aside = (self.folder / "sortie.en-cours").exists()
        left = tree(self.folder)
        ended = trial.reglo(*RULES, *scene.words, *(scene.again if aside else ()), cwd=self.folder)
        trial.sentence(ended)
        complete = self.look(extras=True)
        if ended.code == 0 and scene.name != "calculer --recu" and not complete:
            self.found("reprise", "code 0 après une reprise, et il manque quelque chose")
        if ended.code and not done and scene.name not in MAY_REFUSE and left != self.before:
            self.found("reprise refusée", f"après un arrêt : {ended.err[:200]!r}")
        if scene.writes[-1:] == ("recus.jsonl",) or scene.name == "prouver":
            proof = trial.reglo(*RULES, "prouver", "recus.jsonl", cwd=self.folder)
            trial.sentence(proof, (0, 1))
            if proof.code and self.whole_lines():
                self.found("journal", f"entier, et pas prouvé : {proof.err[:200]!r}")

    def whole_lines(self) -> bool:
        return (self.folder / "recus.jsonl").read_bytes().endswith(b"\n")

    def temporary(self) -> None:
        """Nothing of a person is left where the machine keeps its temporary files."""
        if left := sorted(tree(self.trial.temporary)):
            self.trial.note("\n".join(left))
            self.found("reste dans TMPDIR", f"{left[0]} et {len(left) - 1} autres")


MAY_REFUSE = ("nouvelle-version", "campagne --recu")  # of « campagne --recu », the output is there


def signalled(ended: Ended) -> bool:
    return ended.code < 0 or ended.code in (130, 143)
