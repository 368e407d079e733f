"""« reglo campagne », each time in a process of its own: time, memory, counts, exactness."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from bench.suite.asked import Asked
from bench.suite.processes import REGLO, Ran, module, run
from bench.suite.report import Figure, Figures

RULES = "bench/reference/regles"
MANIFEST = "manifeste.json"
FAULTS = "fautes.json"
LONG = 2_000_000  # teachers: from there, once is enough
NO_RECORD = frozenset({"ligne sans clé", "ligne orpheline"})  # faults that no record has


def whole(asked: Asked) -> Figures:
    """Every result of the corpus for a million teachers, then the first of them checked."""
    return campaign(asked, asked.data.of("population", asked.size), asked.size)


def on_reference(asked: Asked) -> Figures:
    """The campaign on the reference job: the results of its SQL, with all that is checked."""
    tables = asked.data.of("reference", asked.size)
    return campaign(asked, tables, asked.size, rules=RULES)


def campaign(asked: Asked, tables: Path, count: int, *, rules: str | None = None) -> Figures:
    """The figures of a campaign on sound tables; with ``rules``, those of another corpus."""
    env = None if rules is None else {"REGLO_REGLES": rules}
    rounds = 1 if count >= LONG else asked.rounds
    runs: list[Ran] = []
    exact: Figure = ""
    wrong = ""
    for turn in range(rounds):
        with _output(asked) as out:
            runs.append(run([*REGLO, "campagne", tables, "-o", out], env=env))
            wrong = wrong or unbalanced(_manifest(out), count)
            if not turn:
                exact = module("bench.reglo.verification", tables, out, env=env).told["exact"]
    spent = median(one.seconds for one in runs)
    return {
        "n": count,
        "secondes": round(spent, 2),
        "par_seconde": round(count / spent),
        "memoire_mo": max(one.peak for one in runs),
        "comptes": wrong or True,
        "exact": exact,
    }


def growth(asked: Asked) -> Figures:
    """The same for each size; the last of them beside the one that it is compared with."""
    found: dict[str, Figure] = {}
    for size in asked.sizes:
        tables = asked.data.of("population", size)
        found |= {f"{size}_{key}": one for key, one in campaign(asked, tables, size).items()}
    base = _base(asked.sizes, asked.size)
    return {"n": asked.sizes[-1], **found, **compared(found, base, asked.sizes[-1])}


def large(asked: Asked) -> Figures:
    """Ten million teachers, between two campaigns of one million."""
    once = replace(asked, rounds=1)
    usual, tables = (
        asked.data.of("population", asked.size),
        asked.data.of("population", asked.large),
    )
    before = campaign(once, usual, asked.size)
    most = campaign(once, tables, asked.large)
    after = campaign(once, usual, asked.size)
    base = median([float(before["par_seconde"]), float(after["par_seconde"])])
    return {
        **most,
        "par_seconde_un_million": round(base),
        "rapport_debit": round(float(most["par_seconde"]) / base, 3),
    }


def compared(found: Mapping[str, Figure], base: int, last: int) -> Figures:
    """The rate and the memory of the greatest size against those of another."""
    return {
        "base": base,
        "rapport_debit": round(
            float(found[f"{last}_par_seconde"]) / float(found[f"{base}_par_seconde"]), 3
        ),
        "rapport_memoire": round(
            float(found[f"{last}_memoire_mo"]) / float(found[f"{base}_memoire_mo"]), 3
        ),
        "rapport_taille": last / base,
    }


def _base(sizes: tuple[int, ...], million: int) -> int:
    """What the greatest size is compared with: a million, or the size before it."""
    smaller = [one for one in sizes if one < sizes[-1]] or [sizes[-1]]
    return million if million in smaller else smaller[-1]


def checks(asked: Asked) -> Figures:
    """The same tables with and without validation, refusals and anomalies, in turn."""
    tables = asked.data.of("population", asked.size)
    spent: dict[str, list[float]] = {"avec": [], "sans": []}
    told: Figures = {}
    for _ in range(asked.rounds):
        told = module("bench.reglo.campagne", tables).told
        spent["avec"].append(float(told["secondes"]))
        bare = module("bench.reglo.campagne", tables, "--sans-controles").told
        spent["sans"].append(float(bare["secondes"]))
    pairs = zip(spent["avec"], spent["sans"], strict=True)
    return {
        "n": asked.size,
        "secondes_avec": round(median(spent["avec"]), 2),
        "secondes_sans": round(median(spent["sans"]), 2),
        "rapport": round(median(one / other for one, other in pairs), 3),
        "anomalies": told["anomalies"],
    }


def dirty(asked: Asked) -> Figures:
    """A population in which every kind of fault was planted: nothing is lost, nothing is added."""
    tables = asked.data.of("population-sale", asked.dirty)
    faults = json.loads((tables / FAULTS).read_text(encoding="utf-8"))
    with _output(asked) as out:
        ran = run([*REGLO, "campagne", tables, "-o", out], ends=1)
        manifest = _manifest(out)
        wrong = unbalanced(manifest, manifest.records["lus"])
        exact = module("bench.reglo.verification", tables, out).told["exact"]
    at_fault = {one["dossier"] for one in faults if one["nature"] not in NO_RECORD}
    return {
        "n": manifest.records["lus"],
        "secondes": round(ran.seconds, 2),
        "memoire_mo": ran.peak,
        "fautes": len(faults),
        "natures": len({one["nature"] for one in faults}),
        "dossiers_fautifs": len(at_fault),
        "refuses": manifest.records["refuses"],
        "rejets": manifest.refusals,
        "comptes": wrong or True,
        "exact": exact,
    }


@dataclass(frozen=True, slots=True)
class Manifest:
    """The counts of a manifest: of records, of lines by table, and the lines of refusals."""

    records: Mapping[str, int]
    lines: Mapping[str, Mapping[str, int]]
    refusals: int


def unbalanced(manifest: Manifest, count: int) -> str:
    """What does not balance in a manifest; nothing when it all does."""
    counts = manifest.records
    if counts["lus"] != count:
        return f"{counts['lus']} dossiers lus sur {count}"
    if counts["calcules"] + counts["refuses"] != counts["lus"]:
        return f"les dossiers ne se balancent pas : {dict(counts)}"
    for table, lines in manifest.lines.items():
        if lines["calculees"] + lines["refusees"] + lines["sans_dossier"] != lines["lues"]:
            return f"les lignes de {table} ne se balancent pas : {dict(lines)}"
    return ""


def _manifest(out: Path) -> Manifest:
    found = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
    return Manifest(found["dossiers"], found["lignes"], found["rejets"])


@contextmanager
def _output(asked: Asked) -> Iterator[Path]:
    """A folder that does not exist yet, for a campaign to make; thrown away after."""
    asked.scratch.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(dir=asked.scratch))
    try:
        yield aside / "sortie"
    finally:
        shutil.rmtree(aside)
