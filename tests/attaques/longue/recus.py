"""Hostile receipts, journals and archives: nothing outside, nothing false proved, all bounded."""

from __future__ import annotations

import contextlib
import json
import shutil
import stat
import threading
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from engine.cas.draws import Dice
from engine.evaluation.law import Folder, read_folder
from engine.source.digests import canonical, digest_of, digest_of_engine
from engine.sql.output import contents_of_run
from tests.attaques.longue import mutations
from tests.attaques.longue.base import Ended, Trial, differing, tree
from tests.attaques.longue.scenes import RULES, population
from tests.langage.shop import make_shop

Json = dict[str, Any]
MOST = 100_000_000  # bytes
JOURNAL, ARCHIVE, KEY, OLD = "recus.jsonl", "preuve.zip", "cle.pem", "anciens.jsonl"
# What a receipt says that is worked out again; the settings decide of the readings.
REDONE = ("commande", "comptes", "resultats", "signataires")
ESCAPES = (
    "../victime", "/{place}/canari", "../../../../../../../../{place}/canari", "..", "~/victime",
    "../../../../../../../../{place}/canari", "../" * 12 + "{place}/canari", "{place}/victime",
    "a/../../victime", "..\\victime", "victime\0x", "x" * 5000, "", "/", ".", "C:\\victime", "a//b",
    "commandes/../../victime", "/dev/full", "/dev/zero", "\x1b[2J",
)  # fmt: skip


def prepare(shared: Path) -> None:
    """A shop with a journal of three receipts, all signed, and the archive that proves it."""
    start = shared / "depart"
    make_shop(start)
    population(start / "commandes", 20)
    trial = Trial("prêt", shared, shared, Dice("prêt"))
    trial.kept.mkdir()
    trial.temporary.mkdir()
    receipt = ("--recu", JOURNAL, "--cle", KEY)
    for words in (
        ("cle", KEY),
        ("calculer", "commande.yaml", *receipt),
        ("campagne", "commandes", "-o", "sortie", "--resultats", "remise", *receipt),
        ("calculer", "commande.yaml", "--resultats", "total", *receipt),
        ("archiver", ARCHIVE, "--journal", JOURNAL),
        ("prouver", ARCHIVE, "--cle", f"{KEY}.pub"),
    ):
        ended = trial.reglo(*RULES, *words, cwd=start)
        assert ended.code == 0, ended.err
    write(start / OLD, first_form(trial, start))
    ended = trial.reglo(*RULES, "prouver", OLD, cwd=start)
    assert ended.code == 0, ended.err
    shutil.rmtree(start / "sortie")


def first_form(trial: Trial, shop: Path) -> list[Json]:
    """The same runs as receipts of the first form, which a forger can make: no secret, paths."""
    common: Json = {
        "schema": "recu.v1", "fait_le": "2024-10-01T12:00:00Z", "signataires": [],
        "lectures_suivies": [],
        "reglo": {"version": "0.1.0", "code": digest_of_engine(), "python": "3.11.7"},
    }  # fmt: skip
    found: list[Json] = []
    for wanted in ((), ("total",)):
        asked = ("--resultats", *wanted) if wanted else ()
        words = (*RULES, "calculer", "commande.yaml", "--format", "json", *asked)
        objects = json.loads(trial.reglo(*words, cwd=shop).out)
        parts = [digest_of(canonical(one)) for one in objects]
        found.append(common | {
            "corpus": {"empreinte": objects[0]["empreinte"], "dossier": "regles"},
            "commande": "calculer", "reglages": {"resultats": list(wanted)} if wanted else {},
            "entrees": [read_file(shop, "commande.yaml")],
            "comptes": {"calcules": len(objects), "refuses": 0},
            "lectures_suivies": sorted({each for one in objects for each in one["lectures"]}),
            "resultats": {"ensemble": digest_of("\n".join(parts).encode()), "parties": parts},
        })  # fmt: skip
    campaign = common | {
        "corpus": found[0]["corpus"], "commande": "campagne",
        "reglages": {"entree": "commandes", "resultats": ["remise"]},
        "entrees": [read_file(shop, f"commandes/{one}.csv") for one in ("dossiers", "fournees")],
        "comptes": {"lus": 20, "calcules": 20, "refuses": 0},
        "resultats": contents_of_run(shop / "sortie"),
    }  # fmt: skip
    return chained([found[0], campaign, found[1]])


def read_file(shop: Path, name: str) -> Json:
    data = (shop / name).read_bytes()
    return {"nom": name, "empreinte": digest_of(data), "octets": len(data)}


def attempt(trial: Trial) -> None:
    shop = trial.place / "a" / "b" / "boutique"
    shutil.copytree(trial.shared / "depart", shop, symlinks=True)
    for folder in (trial.place, trial.place / "a", trial.place / "a" / "b"):
        (folder / "victime").write_text("intact", encoding="utf-8")
    true = receipts(shop / JOURNAL)
    dice = trial.dice
    signed = trial.chance(2)
    old = trial.chance(2)
    if not signed:
        true = chained([unsigned(one) for one in (receipts(shop / OLD) if old else true)])
        write(shop / JOURNAL, true)
    kind = dice.choose(("octets", "valeurs", "valeurs", "forge", "forge", "archive", "archive"))
    if kind == "octets":
        for _ in range(dice.choose((1, 1, 3))):
            data = mutations.bytes_of(dice, (shop / JOURNAL).read_bytes())
            (shop / JOURNAL).write_bytes(data)
    elif kind == "archive":
        spoil_archive(trial, shop, true)
    else:
        found = forged(trial, true) if kind == "forge" else mutations.tree_of(dice, list(true))
        kept = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
        write(shop / JOURNAL, chained(kept) if trial.chance(2) or kind == "forge" else kept)
    for name in (JOURNAL, ARCHIVE):
        if (shop / name).is_file() and (shop / name).stat().st_size < 5_000_000:
            shutil.copyfile(shop / name, trial.kept / name)
    target = ARCHIVE if kind == "archive" else JOURNAL
    before = tree(trial.place)
    trusted = signed and trial.chance(2)
    key = ("--cle", f"{KEY}.pub") if trusted else ()
    with bounded(trial):
        ended = trial.inside(*RULES, "prouver", target, *key, "--format", "json", cwd=shop)
    trial.sentence(ended)
    outside(trial, before, "prouver", ())
    trial.counts["refus"] += ended.code != 0
    if ended.code == 0:
        trial.counts["prouvés"] += 1
        proved(trial, true, shop / target, trusted=trusted)
    elif '"prouve": true' in ended.out:
        partly(trial, true, shop / target, ended)
    if trial.chance(3):
        before = tree(trial.place)
        ended = trial.inside(*RULES, "archiver", "autre.zip", "--journal", target, cwd=shop)
        trial.sentence(ended)
        outside(trial, before, "archiver", ("a/b/boutique/autre.zip",))


@contextlib.contextmanager
def bounded(trial: Trial) -> Iterator[None]:
    """Look, beside, at how much is unpacked: no true archive here is of a thousandth of it."""
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.05):
            with contextlib.suppress(FileNotFoundError):  # one that disappears meanwhile
                sizes = [one.stat().st_size for one in trial.temporary.rglob("*")]
                if sum(sizes) > MOST:
                    trial.found("bombe", "prouver déballe plus qu'une archive ne peut contenir")
                    return

    watch = threading.Thread(target=look)
    watch.start()
    try:
        yield
    finally:
        done.set()
        watch.join()


# --- receipts


def receipts(journal: Path) -> list[Json]:
    return [json.loads(one) for one in journal.read_text(encoding="utf-8").splitlines()]


def write(journal: Path, found: Iterable[Mapping[str, object]]) -> None:
    lines = [json.dumps(one, ensure_ascii=False) + "\n" for one in found]
    journal.write_text("".join(lines), encoding="utf-8", errors="surrogatepass")


def unsigned(one: Json) -> Json:
    return {name: value for name, value in one.items() if name not in {"cle", "signature"}}


def chained(found: Iterable[Json]) -> list[Json]:
    """The receipts again, with the hashes that a forger would give them."""
    done: list[Json] = []
    for one in found:
        before = done[-1]["condense"] if done else None
        again = {"numero": len(done) + 1, **one, "precedent": before}
        told = {name: value for name, value in again.items() if name not in SEALS}
        try:
            again["condense"] = digest_of(canonical(told))
        except (TypeError, ValueError, UnicodeError):
            again["condense"] = "sha256:" + "0" * 64
        done.append(again)
    return done


SEALS = ("condense", "signature")


def forged(trial: Trial, true: list[Json]) -> list[Json]:
    """One field of one receipt, replaced by what a forger would like."""
    found: list[Json] = json.loads(json.dumps(true))
    dice = trial.dice
    one, hostile = dice.choose(found), escape(trial)
    match dice.pick(10):
        case 0:
            dice.choose(one["entrees"])["nom"] = hostile
        case 1:
            found[1]["reglages"][dice.choose(("entree", "table"))] = hostile
        case 2:  # the inputs of a campaign are copied under their names
            found[1]["reglages"]["entree"] = "p"
            for each in found[1]["entrees"]:
                each["nom"] = (
                    f"p/{'../' * (1 + dice.pick(12))}{dice.choose(('', trial.place))}/canari"
                )
        case 3:
            one["comptes"][dice.choose(sorted(one["comptes"]))] = dice.choose((0, 2, 999, 10**30))
        case 4:
            one["signataires"] = dice.choose((["Le recteur"], [], ["\x1b[31mX"]))
        case 5:
            one["fait_le"] = dice.choose(("9999-99-99T99:99:99Z", "2020-13-01T00:00:00Z"))
        case 6:
            one["corpus"]["dossier"] = hostile
        case 7:
            dice.choose(one["entrees"])["octets"] = dice.choose((0, 10**18, 10**40, 1))
        case 8:
            one["lectures_suivies"] = ["inconnue"]
        case _:
            one["reglages"]["resultats"] = [hostile]
    return found


# --- archives


def spoil_archive(trial: Trial, shop: Path, true: list[Json]) -> None:
    """The true archive, one thing of it replaced or added; its journal is that of the shop."""
    dice, path = trial.dice, shop / ARCHIVE
    with zipfile.ZipFile(path) as archive:
        members = {one.filename: archive.read(one) for one in archive.infolist()}
    members[JOURNAL] = (shop / JOURNAL).read_bytes()
    name = dice.choose(sorted(members))
    extra: list[tuple[zipfile.ZipInfo, bytes]] = []
    match dice.pick(8):
        case 0:
            members[name] = mutations.bytes_of(dice, members[name])
        case 1:
            members[JOURNAL] = lines_of(forged(trial, true))
        case 2:
            members = with_rules(members, trial.place / "canari", true)
        case 3:
            del members[name]
        case _:
            extra = added(trial, name)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, data in members.items():
            archive.writestr(each, data)
        for info, data in extra:
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    if trial.chance(4):
        damaged = bytearray(path.read_bytes())
        for _ in range(dice.choose((1, 3, 20))):  # flags, methods and sizes are near the end
            damaged[-1 - dice.pick(min(len(damaged), 2000))] = dice.pick(256)
        path.write_bytes(damaged)


def added(trial: Trial, name: str) -> list[tuple[zipfile.ZipInfo, bytes]]:
    """Members that no archive of ours has: outside, links, twice ``name``, zeros without end."""
    dice = trial.dice
    info = zipfile.ZipInfo("entrees/x")
    match dice.pick(5):
        case 0 | 1:
            info.filename = dice.choose(("", "entrees/", "corpus/x/")) + escape(trial)
            return [(info, b"pris")]
        case 2:
            info.filename = dice.choose((name, "entrees/lien", "corpus/lien"))
            info.create_system = 3
            info.external_attr = (stat.S_IFLNK | 0o777) << 16
            return [(info, str(trial.place / "victime").encode())]
        case 3:
            zeros = b"\0" * 300_000_000
            count = dice.choose((1, 4))
            return [(zipfile.ZipInfo(f"entrees/{at:064x}"), zeros) for at in range(count)]
        case _:
            info.filename = dice.choose((name, f"entrees/{'d/' * dice.pick(300)}x"))
            return [(info, b"autre chose")]


def escape(trial: Trial) -> str:
    """A name that would be elsewhere."""
    return trial.dice.choose(ESCAPES).replace("{place}", str(trial.place)[1:])


def lines_of(found: list[Json]) -> bytes:
    return "".join(json.dumps(one) + "\n" for one in chained(found)).encode()


def with_rules(members: dict[str, bytes], canary: Path, true: list[Json]) -> dict[str, bytes]:
    """The members, a name of the schema being SQL; the journal says that its rules are these."""
    schema = next(one for one in members if one.endswith("dossier.v1.json"))
    top = schema.removesuffix("/schemas/dossier.v1.json")
    content = json.loads(members[schema])
    name = f"z'), 'N'); COPY (SELECT 1) TO '{canary}'; --"
    content["properties"][name] = content["properties"]["fournees"]
    spoiled = {**members, schema: json.dumps(content).encode()}
    place = Path("regles_lues")
    for each, data in spoiled.items():
        if each.startswith(f"{top}/"):
            path = place / each.removeprefix(f"{top}/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    _, digest, _ = read_folder(
        Folder(place / "regles", place / "schemas" / "dossier.v1.json", "regles")
    )
    found: list[Json] = json.loads(json.dumps(true))
    for one in found:
        one["corpus"]["empreinte"] = digest
    moved = f"corpus/{digest.removeprefix('sha256:')}"
    again = {each.replace(top, moved, 1): data for each, data in spoiled.items()}
    return {**again, JOURNAL: lines_of(found)}


# --- what must be true


def outside(trial: Trial, before: Mapping[str, str], name: str, made: tuple[str, ...]) -> None:
    """Nothing was written but what is asked for."""
    after = tree(trial.place)
    ours = ("garde/", "tmp/", "regles_lues/")
    changed = [one for one in differing(before, after)
               if not one.startswith(ours) and one not in made]  # fmt: skip
    if changed:
        trial.found(f"écrit dehors {name}", f"{name} a écrit {', '.join(changed)[:200]}")
    if left := tree(trial.temporary):
        trial.found(f"reste {name}", f"{name} : {len(left)} fichiers dans TMPDIR")


def proved(trial: Trial, true: list[Json], target: Path, *, trusted: bool) -> None:
    """All is proved: then it means what the true receipts mean."""
    found = journal_of(target)
    if trusted and found != true[: len(found)]:
        trial.found(
            "signé à tort", "prouvé avec une clé, et le journal n'est pas celui qu'elle signe"
        )
    for one in found:
        if why := false(one, true):
            trial.found(f"prouvé à tort {why}", f"prouvé, code 0, et {why} est faux")
    if not found:
        trial.found("prouvé pour rien", "code 0, sans un reçu")


def partly(trial: Trial, true: list[Json], target: Path, ended: Ended) -> None:
    """Some receipts are said proved, and the journal is not: each of them must be true."""
    told = [(one["numero"], one["condense"])
            for one in json.loads(ended.out)["recus"] if one["prouve"]]  # fmt: skip
    for one in journal_of(target):
        named = one.get("numero"), one.get("condense")  # whatever a forger has put there
        if named in told and (why := false(one, true)):
            trial.found(f"dit prouvé {why}", f"« prouve: true », et {why} est faux")


def journal_of(target: Path) -> list[Json]:
    if target.suffix == ".zip":
        with zipfile.ZipFile(target) as archive:
            lines = archive.read(JOURNAL).decode(errors="replace").split("\n")
    else:
        lines = target.read_text(encoding="utf-8", errors="replace").split("\n")
    found: list[Json] = []
    for line in lines:
        try:
            one = json.loads(line)
        except ValueError:
            continue
        if isinstance(one, dict):
            found.append(one)
    return found


def false(one: Json, true: list[Json]) -> str | None:
    """What a receipt says that is not so, beside the true receipt of the same run.

    What nothing keeps from being true (other settings, other rules) is not compared.
    """
    try:
        datetime.strptime(one["fait_le"], "%Y-%m-%dT%H:%M:%SZ").astimezone()
    except ValueError:
        return "fait_le"
    digests = [each["empreinte"] for each in one["entrees"]]
    runs = [other for other in true if one["resultats"] == other["resultats"]
            and digests == [each["empreinte"] for each in other["entrees"]]]  # fmt: skip
    for other in runs:
        names = [name for name in REDONE if one[name] != other[name]]
        if one["reglages"] == other["reglages"]:
            names += [name for name in ("lectures_suivies",) if one[name] != other[name]]
        sizes = [[each["octets"] for each in it["entrees"]] for it in (one, other)]
        names += ["octets"] if sizes[0] != sizes[1] else []
        return names[0] if names else None
    known = one["corpus"]["empreinte"] == true[0]["corpus"]["empreinte"]
    return "resultats" if known and one["reglages"] in [it["reglages"] for it in true] else None
