"""Receipts and archives that come from someone else: nothing is written, nothing false is proved.

A forger makes the hashes of a receipt again: what is not signed is worth what it can be proved to
say. See docs/recus.md.
"""

from __future__ import annotations

import copy
import json
import os
import shutil
import stat
import struct
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.cas.draws import Dice
from engine.evaluation.law import Folder, read_folder
from engine.recus.keys import read_salt, salt_file
from engine.recus.proof import Contents, Stores, prove, write_archive
from engine.recus.receipts import check_signature, read_journal
from engine.source.digests import canonical, digest_of
from tests.attaques.longue import recus
from tests.attaques.longue.base import Ended, Trial
from tests.langage.bakery import CORPUS
from tests.langage.shop import ORDER
from tests.ligne_de_commande.commande import reglo

Json = dict[str, Any]
NOW = datetime(2100, 1, 1, tzinfo=UTC)
JOURNAL = "recus.jsonl"
RULES = Folder(CORPUS / "regles", CORPUS / "schemas" / "dossier.v1.json", "regles")
CHARGE = b"#!/bin/sh\necho PWNED\n"


def sealed(content: Json) -> Json:
    """A receipt with the hash that a forger gives it."""
    told = {name: one for name, one in content.items() if name not in {"condense", "signature"}}
    return {**told, "condense": digest_of(canonical(told))} | {
        name: one for name, one in content.items() if name == "signature"
    }


def line_of(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode() + b"\n"


@dataclass(frozen=True)
class Kit:
    """True receipts of the bakery: of one run, of a campaign; and where their inputs are."""

    folder: Path
    first: Json
    campaign: Json

    def stores(self, workspace: Path) -> Stores:
        salt = read_salt(salt_file(self.folder / JOURNAL))
        assert salt is not None
        return Stores(RULES, (self.folder,), workspace, (salt,))


@pytest.fixture(name="kit", scope="module")
def _kit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    folder = tmp_path_factory.mktemp("recus")
    (folder / "commande.yaml").write_text(ORDER, encoding="utf-8")
    (folder / "pop").mkdir()
    (folder / "pop" / "dossiers.csv").write_text(
        "commande;livree_le;categorie\nC-1;2012-06-01;cantine\nC-2;hier;cantine\n", encoding="utf-8"
    )
    (folder / "pop" / "fournees.csv").write_text(
        "commande;produit;quantite\nC-1;pain;100\n", encoding="utf-8"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        rules = ("--regles", RULES.rules)
        assert reglo(*rules, "calculer", "commande.yaml", "--recu", JOURNAL).code == 0
        run = reglo(*rules, "campagne", "pop", "-o", "sortie", "--resultats", "remise",
                    "--recu", JOURNAL)  # fmt: skip
        assert run.code == 1, run.err
        first, campaign = Path(JOURNAL).read_text(encoding="utf-8").splitlines()
        yield Kit(folder, json.loads(first), json.loads(campaign))


@dataclass(frozen=True)
class Verdict:
    """What is said of a journal: the codes of its findings, and how many receipts are proved."""

    codes: list[str]
    proved: int


def verdict(journal: bytes, stores: Stores, trusted: str | None = None) -> Verdict:
    """What ``reglo prouver`` says of a journal, by the same steps."""
    path = stores.workspace / JOURNAL
    path.write_bytes(journal)
    codes: list[str] = []
    proved = 0
    for line in read_journal(path, JOURNAL, NOW):
        findings = line.findings
        if line.receipt is not None:
            findings += check_signature(line.receipt, trusted, "k.pub")
            findings = findings or prove(line.receipt, stores)
            proved += not findings
        assert all(str(one) for one in findings)
        codes += [str(one.code) for one in findings]
    return Verdict(codes, proved)


def test_the_true_receipts_are_proved(kit: Kit, tmp_path: Path) -> None:
    journal = line_of(kit.first) + line_of(kit.campaign)
    assert verdict(journal, kit.stores(tmp_path)) == Verdict([], 2)


# --- 1. nothing is written where a receipt says


def first_form(kit: Kit, name: str, charge: bytes = CHARGE, entree: str = "p") -> Json:
    """A campaign as it was written before, with a file of any name; alone in its journal."""
    content = copy.deepcopy(kit.campaign)
    del content["sel"]
    content |= {"schema": "recu.v1", "numero": 1, "precedent": None}
    content["reglages"] = {"entree": entree}
    content["entrees"] = [{"nom": name, "empreinte": digest_of(charge), "octets": len(charge)}]
    content["resultats"] = {name: digest_of(b"") for name in content["resultats"]}
    return sealed(content)


def second_form(kit: Kit, name: str, charge: bytes = CHARGE) -> Json:
    content = copy.deepcopy(kit.campaign)
    salt = read_salt(salt_file(kit.folder / JOURNAL))
    assert salt is not None
    hidden = salt.veil(1).hide("entree", digest_of(charge))
    content |= {"numero": 1, "precedent": None, "reglages": {}}
    place = salt.veil(1).cover(name)
    content["entrees"] = [{"nom": name, "empreinte": hidden, "octets": len(charge), "lieu": place}]
    return sealed(content)


def hostile_archive(kit: Kit, content: Json, place: Path) -> Path:
    """An archive in which everything is true, the names aside."""
    journal = place / JOURNAL
    journal.write_bytes(line_of(content))
    charge = place / "charge"
    charge.write_bytes(CHARGE)
    _, digest, _ = read_folder(RULES)
    path = place / "preuve.zip"
    contents = Contents(
        {digest: RULES}, {digest_of(CHARGE): charge}, journal, salt_file(kit.folder / JOURNAL)
    )
    assert write_archive(path, contents) == ()
    return path


@pytest.fixture(name="victim")
def _victim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file of the person who proves: whatever happens, it stays, and nothing is beside it."""
    home, workspace = tmp_path / "victime", tmp_path / "espace"
    for one in (home, workspace):
        one.mkdir()
    file = home / ".bashrc"
    file.write_text("original", encoding="utf-8")
    monkeypatch.setattr(tempfile, "tempdir", str(workspace))
    yield file
    assert file.read_text(encoding="utf-8") == "original"
    assert [one.name for one in home.iterdir()] == [".bashrc"]
    assert list(workspace.iterdir()) == []  # nothing of anyone stays


UP = "../" * 30


NAMES = ("p/{up}{victim}", "{up}{victim}", "{root}{victim}", "p/a/../{up}{victim}", "p/..", "..",
         ".", "", "p//{root}{victim}", "p/\\..\\..\\x", "p/a\nb", "p/a\x00b", "p/\x1b[2Jx",
         "p/" + "a" * 5000, "p/" + "a/" * 40 + "b", "p/./dossiers.csv", "C:\\x",
         "p/\u2028x")  # fmt: skip
FOLDERS = ("p", "", ".", "/", "..", "p/..", "/p", "ailleurs")
# What may be said of such a name; W601 and E120 to E129 when it stays inside, where it is no table.
TOLD = {"E597", "E107", "E108", "W601", *(f"E12{digit}" for digit in range(10))}


def test_no_name_of_a_receipt_is_written_outside(kit: Kit, victim: Path, tmp_path: Path) -> None:
    charge = tmp_path / "charge"
    charge.write_bytes(CHARGE)
    stores = kit.stores(tmp_path / "espace")
    stores.archive = Contents({}, {digest_of(CHARGE): charge}, None)
    stores.received = True
    for pattern in NAMES:
        name = pattern.format(up=UP, root="/", victim=victim.as_posix().lstrip("/"))
        receipts = [first_form(kit, name, entree=entree) for entree in FOLDERS]
        for content in [second_form(kit, name), *receipts]:
            found = verdict(line_of(content), stores)
            assert found.proved == 0
            assert found.codes
            assert set(found.codes) <= TOLD
    (tmp_path / "espace" / JOURNAL).unlink()


@pytest.mark.parametrize("form", [first_form, second_form])
@pytest.mark.parametrize("name", ["p/{up}{victim}", "{up}{victim}"])
def test_no_name_of_a_received_archive_is_written_outside(
    kit: Kit, victim: Path, tmp_path: Path, form: Callable[[Kit, str], Json], name: str
) -> None:
    name = name.format(up=UP, victim=victim.as_posix().lstrip("/"))
    path = hostile_archive(kit, form(kit, name), tmp_path)
    for more, codes in (((), TOLD), (("--dernier", "sha256:0000"), {*TOLD, "E544"})):
        run = reglo("prouver", path, *more)
        assert run.code == 1
        assert set(run.codes) <= codes


@pytest.mark.parametrize("table", ["/etc/passwd", "../x.csv", "autre.jsonl", "", ".", "..", "a/b"])
def test_no_table_of_a_receipt_is_read_outside(kit: Kit, tmp_path: Path, table: str) -> None:
    for form in (first_form, second_form):
        content = form(kit, "p/x.jsonl" if form is first_form else "x.jsonl")
        content["reglages"]["table"] = table
        (tmp_path / "x.jsonl").write_bytes(CHARGE)
        stores = kit.stores(tmp_path)
        stores.folders = (tmp_path,)
        found = verdict(line_of(sealed(content)), stores)
        assert found.proved == 0
        assert set(found.codes) <= {"E597", "E108", "E107"}


def test_a_schema_of_an_archive_writes_nothing(kit: Kit, victim: Path, tmp_path: Path) -> None:
    """The names of its fields become SQL: only plain ones are read."""
    shutil.copytree(CORPUS, tmp_path / "loi")
    file = tmp_path / "loi" / "schemas" / "dossier.v1.json"
    schema = json.loads(file.read_text(encoding="utf-8"))
    target = victim.parent / "pwned"
    name = f"z'), 'N') = 'N') END IS TRUE); COPY (SELECT 'pwn' AS a) TO '{target}' (FORMAT csv); --"
    schema["properties"][name] = schema["properties"]["fournees"]
    file.write_text(json.dumps(schema), encoding="utf-8")
    rules = Folder(tmp_path / "loi" / "regles", file, "regles")
    _, digest, _ = read_folder(rules)
    record = b'{"commande":"C-1","livree_le":"2012-06-01","client":{"categorie":"cantine"}}\n'
    (tmp_path / "x").write_bytes(record)
    content = first_form(kit, "p/x.jsonl", record)
    content["reglages"]["table"] = "x.jsonl"
    content["corpus"]["empreinte"] = digest
    (tmp_path / JOURNAL).write_bytes(line_of(sealed(content)))
    path = tmp_path / "preuve.zip"
    contents = Contents({digest: rules}, {digest_of(record): tmp_path / "x"}, tmp_path / JOURNAL)
    assert write_archive(path, contents) == ()
    run = reglo("prouver", path)
    assert run.code == 1
    assert set(run.codes) <= {"E107", "E108"}


# --- 12. nothing false is proved; a malformed receipt is a sentence


def changed(where: str, value: object) -> Callable[[Json], object]:
    """Put ``value`` at « a.b.0 » of a receipt."""

    def change(content: Json) -> None:
        *path, last = where.split(".")
        node: Any = content
        for step in path:
            node = node[int(step) if isinstance(node, list) else step]
        if isinstance(node, list):
            node[int(last)] = value
        else:
            node[last] = value

    return change


def without(where: str) -> Callable[[Json], object]:
    def change(content: Json) -> None:
        *path, last = where.split(".")
        node: Any = content
        for step in path:
            node = node[int(step) if isinstance(node, list) else step]
        del node[last]

    return change


OTHER = "hmac-sha256:" + "0" * 64
FORGED: Sequence[tuple[str, object]] = (
    # what can be computed again, and is not what comes out
    ("comptes.calcules", 0), ("comptes.calcules", 999), ("comptes.refuses", 1),
    ("signataires", ["Le recteur"]),
    ("lectures_suivies", ["inventee"]),
    ("reglages.date", "2013-06-01"),
    ("reglages.resultats", ["remise"]),
    ("reglages.dossier", OTHER),
    ("resultats.ensemble", OTHER),
    ("resultats.parties.0", OTHER),
    ("resultats.parties", []),
    ("resultats.parties", [OTHER, OTHER]),
    ("entrees", []),
    ("entrees.0.nom", "entree-2.yaml"),
    ("entrees.0.nom", "entree-1.json"),
    ("entrees.0.octets", 3),
    ("entrees.0.empreinte", OTHER),
    ("commande", "expliquer"),
    ("commande", "echeancier"),
    ("commande", "campagne"),
    ("corpus.empreinte", digest_of(b"")),
    ("sel", digest_of(b"")),
    # what cannot be, and is impossible
    *(
        ("fait_le", value)
        for value in ("9999-99-99T99:99:99Z", "2100-01-02T00:00:00Z", "0000-01-01T00:00:00Z",
                      "2024-02-30T10:00:00Z", "2024-02-28T24:00:00Z", "hier", "", 2024, None)
    ),
    # what no law has
    ("reglages.resultats", ["absent"]),
    ("reglages.lectures", {"absent": "oui"}),
    ("reglages.resultats", []),
    ("reglages.resultats", "remise"),
    ("reglages.date", "2024-02-30"),
    ("reglages.date", "20240229"),
    ("reglages.validee_le", "2024-11-13"),
    ("reglages.secteur", "autre"),
    ("reglages.secteur", "public"),  # of another command
    ("reglages.entree", "p"),
    ("reglages.table", "x.jsonl"),
    ("reglages.inconnu", 1),
    ("reglages", []),
    # what is no receipt
    ("schema", "recu.v3"), ("schema", None), ("schema", ["recu.v2"]),
    ("numero", 0), ("numero", -1), ("numero", 2), ("numero", True), ("numero", "1"),
    ("numero", 10**30), ("numero", None),
    ("precedent", OTHER), ("precedent", digest_of(b"")), ("precedent", 3),
    ("reglo", {}), ("reglo.version", "\x1b[2J"), ("reglo.python", "3" * 5000), ("reglo.code", "x"),
    ("corpus", "regles"), ("corpus.dossier", "a\x00b"), ("corpus.dossier", ""),
    ("corpus.empreinte", "sha256:0000"), ("corpus.empreinte", "../" * 20),
    ("signataires", "moi"), ("signataires", [{}]), ("lectures_suivies", {}),
    ("commande", "cle"), ("commande", "prouver"), ("commande", None), ("commande", []),
    ("entrees", None), ("entrees", [[]]), ("entrees.0", "commande.yaml"),
    ("entrees.0.nom", "a" * 5000), ("entrees.0.nom", 3), ("entrees.0.nom", "/etc/passwd"),
    ("entrees.0.octets", -1), ("entrees.0.octets", "3"), ("entrees.0.octets", 2**63),
    ("entrees.0.lieu", ""), ("entrees.0.lieu", "é"), ("entrees.0.lieu", "A" * 9000),
    ("entrees.0.empreinte", digest_of(b"")), ("entrees.0.empreinte", OTHER + "\n"),
    ("comptes", {}), ("comptes", []), ("comptes.calcules", -1), ("comptes.calcules", "1"),
    ("comptes.lus", 1), ("comptes.inconnu", 1),
    ("resultats", {}), ("resultats", []), ("resultats.parties", OTHER), ("resultats.parties.0", 3),
    ("resultats.ensemble", [OTHER]), ("resultats.autre", OTHER),
    ("cle", ""), ("cle", "AAAA"), ("cle", 3), ("cle", "é"), ("inconnu", 1),
    ("signature", "AAAA"), ("signature", ""), ("signature", 3),
)  # fmt: skip
LACKING = ("schema", "numero", "precedent", "fait_le", "reglo", "reglo.code", "sel", "corpus",
           "corpus.empreinte", "signataires", "commande", "reglages", "lectures_suivies", "entrees",
           "entrees.0.nom", "entrees.0.lieu", "entrees.0.octets", "entrees.0.empreinte", "comptes",
           "comptes.calcules", "comptes.refuses", "resultats", "resultats.parties",
           "resultats.ensemble")  # fmt: skip


def test_a_forged_receipt_is_never_proved_and_always_told(kit: Kit, tmp_path: Path) -> None:
    stores = kit.stores(tmp_path)
    attacks = [(f"{where} = {value!r:.60}", changed(where, value)) for where, value in FORGED]
    attacks += [(f"sans {where}", without(where)) for where in LACKING]
    assert len(attacks) >= 100
    for told, change in attacks:
        content = copy.deepcopy(kit.first)
        change(content)
        found = verdict(line_of(sealed(content)), stores)
        assert (found.proved, bool(found.codes)) == (0, True), told


def test_a_forged_campaign_is_never_proved_and_always_told(kit: Kit, tmp_path: Path) -> None:
    content = copy.deepcopy(kit.campaign)
    for where, value in (
        ("comptes.calcules", 999),
        ("signataires", ["Le recteur"]),
        ("lectures_suivies", ["inventee"]),
        ("resultats.rejets", OTHER),
        ("resultats.autre", OTHER),
    ):
        changed(where, value)(content)
    journal = tmp_path / JOURNAL
    journal.write_bytes(line_of(kit.first) + line_of(sealed(content)))
    *_, last = read_journal(journal, JOURNAL, NOW)
    assert last.receipt is not None
    (found,) = prove(last.receipt, kit.stores(tmp_path))
    assert found.code == "E547"
    for one in ("signataires", "lectures_suivies", "comptes", "rejets", "autre"):
        assert one in found.message


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"", "E114"), (b"\n\n", "E114"), (b"{}\n", "E106"), (b"[]\n", "E105"), (b"3\n", "E105"),
        (b"null\n", "E105"), (b'"recu"\n', "E105"), (b"bonjour\n", "E119"), (b"\xff\xfe\n", "E113"),
        (b"\x00\x00\n", "E119"), (b"{", "E541"), (b'{"schema":"recu.v2"}\n', "E104"),
        (b'{"schema":"recu.v1"}\n', "E104"), (b"[" * 5000 + b"\n", "E111"),
        (b'{"schema":"recu.v2","schema":"recu.v2"}\n', "E102"),
        (b'{"numero":' + b"9" * 6000 + b"}\n", "E107"),
        (b'{"schema":"\\ud800"}\n', "E119"),
    ],
)  # fmt: skip
def test_a_line_that_is_no_receipt_is_told(
    kit: Kit, tmp_path: Path, line: bytes, code: str
) -> None:
    found = verdict(line, kit.stores(tmp_path))
    assert (found.proved, found.codes[0]) == (0, code)


def test_a_receipt_after_a_line_that_cannot_be_read_is_not_proved(kit: Kit, tmp_path: Path) -> None:
    """Nothing says that it follows what was there."""
    journal = b"bonjour\n" + line_of(kit.campaign)
    assert verdict(journal, kit.stores(tmp_path)) == Verdict(["E119", "E542"], 0)


def test_a_receipt_is_not_made_before_the_one_above_it(kit: Kit, tmp_path: Path) -> None:
    first = sealed({**kit.first, "fait_le": "2050-01-01T00:00:00Z"})
    second = sealed({**kit.campaign, "precedent": first["condense"]})
    found = verdict(line_of(first) + line_of(second), kit.stores(tmp_path))
    assert found == Verdict(["E596"], 1)


def test_a_receipt_without_its_secret_is_not_proved(kit: Kit, tmp_path: Path) -> None:
    stores = kit.stores(tmp_path)
    stores.salts = ()
    assert verdict(line_of(kit.first), stores) == Verdict(["E595"], 0)


def test_a_wrong_signature_is_never_told_as_one(kit: Kit, tmp_path: Path) -> None:
    """A key that is named, a signature that is of nothing: it is not proved, nor « signé »."""
    content = sealed({**kit.first, "cle": "A" * 43 + "=", "signature": "AAAA"})
    journal = tmp_path / JOURNAL
    journal.write_bytes(line_of(content))
    shutil.copyfile(salt_file(kit.folder / JOURNAL), salt_file(journal))
    words = ("--regles", RULES.rules, "prouver", journal, "--entrees", kit.folder)
    run = reglo(*words)
    assert (run.code, run.codes) == (1, ["E543"])
    assert "signé par" not in run.out
    assert "0 reçu rejoué : 0 prouvé, 1 en échec" in run.out
    told = json.loads(reglo(*words, "--format", "json").out)["recus"][0]
    assert (told["prouve"], told["cle"]) == (False, None)


def test_nothing_is_run_of_a_receipt_that_is_not_what_it_says(kit: Kit, tmp_path: Path) -> None:
    """Its input is nowhere: E546 would tell that it was looked for."""
    lost = copy.deepcopy(kit.first)
    lost["entrees"][0]["empreinte"] = OTHER
    stores = kit.stores(tmp_path)
    assert verdict(line_of(sealed(lost)), stores).codes == ["E546"]
    assert verdict(line_of(lost), stores).codes == ["E541"]
    moved = sealed({**lost, "precedent": digest_of(b"")})
    assert verdict(line_of(moved), stores).codes == ["E542"]
    signed = sealed({**lost, "cle": "A" * 43 + "=", "signature": "AAAA"})
    assert verdict(line_of(signed), stores).codes == ["E543"]
    assert verdict(line_of(sealed(lost)), stores, trusted="A" * 43 + "=").codes == ["E543"]
    (tmp_path / "seul.jsonl").write_bytes(line_of(sealed(lost)))
    run = reglo("prouver", tmp_path / "seul.jsonl", "--dernier", "sha256:0000")
    assert run.codes == ["E544"]


@pytest.mark.parametrize("name", ["/dev/zero", "/dev/full", "/proc/kmsg", "/proc/self/mem"])
def test_no_device_is_read_for_a_receipt(kit: Kit, tmp_path: Path, name: str) -> None:
    """Whatever its size is said to be: such files have none, or never end."""
    salt = read_salt(salt_file(kit.folder / JOURNAL))
    assert salt is not None
    for size in (0, 2**40):
        first = first_form(kit, name)
        first["reglages"]["entree"] = "/"
        second = second_form(kit, "x.jsonl")
        second["entrees"][0]["lieu"] = salt.veil(1).cover(name)
        for content in (first, second):
            content["entrees"][0]["octets"] = size
            assert verdict(line_of(sealed(content)), kit.stores(tmp_path)) == Verdict(["E546"], 0)


# --- 13. a journal that is no file


@pytest.mark.parametrize("name", ["/dev/full", "/dev/zero", "tube"])
def test_what_is_no_file_is_no_journal(
    kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("tube")
    words = ("--regles", RULES.rules, "calculer", kit.folder / "commande.yaml", "--recu", name)
    run = reglo(*words)
    assert (run.code, run.codes, run.out) == (2, ["E550"], "")
    assert "ce n'est pas un fichier ordinaire" in run.err
    run = reglo("prouver", name)
    assert (run.code, run.codes) == (1, ["E550"])
    run = reglo("archiver", "a.zip", "--journal", name)
    assert (run.code, run.codes) == (1, ["E550"])
    assert not Path("a.zip").exists()


# --- 16. archives

HEX = "0" * 64
INPUT = f"entrees/{digest_of(b'x').removeprefix('sha256:')}"


def stored(path: Path, *members: tuple[str, bytes], **changes: int) -> None:
    """A zip file of members, one or more of whose properties are changed."""
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w") as archive:
        warnings.simplefilter("ignore")  # a name twice
        for name, content in members:
            entry = zipfile.ZipInfo(name)
            for what, value in changes.items():
                setattr(entry, what, value)
            archive.writestr(entry, content)


def bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(INPUT, b"\0" * 10_000_000)
    assert path.stat().st_size < 20_000


def overlapping(path: Path) -> None:
    """A hundred members that are the same bytes: each is true, together they are too much."""
    content = b"\0" * 100_000
    name = f"entrees/{digest_of(content).removeprefix('sha256:')}"
    stored(path, (name, content))
    data = path.read_bytes()
    start = data.index(b"PK\x01\x02")
    end = data.index(b"PK\x05\x06")
    entry = data[start:end]
    entries = b"".join(
        entry.replace(name.encode(), f"entrees/{number:064x}".encode()) for number in range(100)
    )
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 100, 100, len(entries), start, 0)
    path.write_bytes(data[:start] + entries + tail)


def flagged(flag: int) -> Callable[[Path], None]:
    """Encrypted, or what else a flag of a member says; in both headers."""

    def make(path: Path) -> None:
        stored(path, (INPUT, b"x"))
        data = bytearray(path.read_bytes())
        for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            at = data.index(mark) + place
            data[at : at + 2] = struct.pack("<H", flag)
        path.write_bytes(data)

    return make


def method(number: int) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        stored(path, (INPUT, b"x"))
        data = bytearray(path.read_bytes())
        for mark, place in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
            at = data.index(mark) + place
            data[at : at + 2] = struct.pack("<H", number)
        path.write_bytes(data)

    return make


def patched(old: bytes, new: bytes) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        stored(path, (INPUT, b"x"), (JOURNAL, b"{}\n"))
        data = path.read_bytes()
        assert old in data
        path.write_bytes(data.replace(old, new))

    return make


def cut(path: Path) -> None:
    stored(path, (INPUT, b"x"))
    path.write_bytes(path.read_bytes()[10:-3])


def with_member(*members: tuple[str, bytes], **changes: int) -> Callable[[Path], None]:
    return lambda path: stored(path, *members, **changes)


LINK = (stat.S_IFLNK | 0o777) << 16
ARCHIVES: dict[str, Callable[[Path], object]] = {
    "bombe": bomb,
    "membres superposés": overlapping,
    "chiffrée": flagged(1),
    "chiffrée autrement": flagged(0x41),
    "rapiéçage": flagged(0x20),
    "méthode inconnue": method(99),
    "dite comprimée": method(8),
    "coupée": cut,
    "vide": lambda path: path.write_bytes(b""),
    "texte": lambda path: path.write_bytes(b"bonjour"),
    "fin seule": lambda path: path.write_bytes(b"PK\x05\x06" + b"\xff" * 18),
    "tube": os.mkfifo,
    "dossier": with_member(("entrees/", b"")),
    "dossier d'entrée": with_member((f"{INPUT}/", b"")),
    "lien": with_member((INPUT, b"x"), external_attr=LINK),
    "tube dedans": with_member((INPUT, b"x"), external_attr=(stat.S_IFIFO | 0o644) << 16),
    "double": with_member((INPUT, b"x"), (INPUT, b"x")),
    "double journal": with_member((JOURNAL, b""), (JOURNAL, b"{}\n")),
    "plus haut": with_member(("../x", b"x")),
    "plus haut, dedans": with_member((f"corpus/{HEX}/regles/../../../x.yaml", b"x")),
    "absolu": with_member(("/x", b"x")),
    "barre": with_member((f"corpus/{HEX}/regles/..\\x.yaml", b"x")),
    "contrôle": with_member((f"corpus/{HEX}/regles/\x1b[2J.yaml", b"x")),
    "autre suffixe": with_member((f"corpus/{HEX}/regles/sitecustomize.py", b"x")),
    "autre place": with_member(("autre/x.yaml", b"x")),
    "condensé mal écrit": with_member(("entrees/x", b"x")),
    "autre condensé": with_member((f"entrees/{HEX}", b"x")),
    "règles d'un autre condensé": with_member((f"corpus/{HEX}/regles/x.yaml", b"x")),
    "fichier et dossier": with_member(
        (f"corpus/{HEX}/regles/a.yaml", b"x"), (f"corpus/{HEX}/regles/a.yaml/b.yaml", b"x")
    ),
    "nom trop long": with_member((f"corpus/{HEX}/regles/{'a' * 300}.yaml", b"x")),
    "trop profond": with_member((f"corpus/{HEX}/regles/{'a/' * 40}b.yaml", b"x")),
    "contenu abîmé": patched(INPUT.encode() + b"x", INPUT.encode() + b"y"),
    "nom différent": patched(b"PK\x03\x04", b"PK\x03\x05"),
    "octet nul": patched(INPUT.encode(), INPUT.encode()[:-1] + b"\0"),
    "taille dite": patched(struct.pack("<LL", 1, 1), struct.pack("<LL", 2**31, 2**31)),
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_a_hostile_archive_is_told_and_nothing_of_it_stays(
    victim: Path, tmp_path: Path, name: str
) -> None:
    path = tmp_path / "preuve.zip"
    ARCHIVES[name](path)
    before = sorted(tmp_path.rglob("*"))
    run = reglo("prouver", path)
    assert (run.code, run.codes) == (1, ["E549"])
    run = reglo("prouver", victim.parent / JOURNAL, "--archive", path)
    assert (run.code, run.codes) == (1, ["E549"])
    assert sorted(tmp_path.rglob("*")) == before


def test_a_bomb_is_refused_before_anything_is_unpacked(victim: Path, tmp_path: Path) -> None:
    """A small limit on what the process may write: the bomb never meets it."""
    import resource

    assert victim.exists()
    bomb(tmp_path / "preuve.zip")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        run = reglo("prouver", tmp_path / "preuve.zip")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert run.codes == ["E549"]
    assert "elle est comprimée" in run.err


# --- 9. a receipt says nothing of anyone


def strings(value: object) -> Iterator[str]:
    """Every text in a receipt."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from strings(one)


def test_with_a_receipt_and_the_public_rules_guessing_recovers_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one who guesses is given everything but the secret: the very file, the very result."""
    monkeypatch.chdir(tmp_path)
    Path("dossiers").mkdir()
    file = Path("dossiers", "DUPONT-Claire.yaml")
    file.write_text(ORDER.replace("C-1", "DUPONT-Claire"), encoding="utf-8")
    rules = ("--regles", RULES.rules)
    words = ("dossiers", "--dossier", "DUPONT-Claire", "--format", "json")
    runs = [reglo(*rules, "expliquer", *words, "--recu", JOURNAL) for _ in range(2)]
    assert [one.code for one in runs] == [0, 0]
    told = runs[0].records[0]
    text = Path(JOURNAL).read_text(encoding="utf-8")
    assert "DUPONT" not in text
    assert "dossiers" not in text
    first, second = (set(strings(json.loads(line))) for line in text.splitlines())
    result = digest_of(canonical(told))
    guesses = [result, digest_of(file.read_bytes()), digest_of(b"DUPONT-Claire"),
               digest_of(result.encode())]  # fmt: skip
    for guess in guesses:
        assert guess.removeprefix("sha256:") not in text
    # What two receipts of the same have in common says nothing of it.
    common = {one for one in first & second if "sha256:" in one}
    public = {read_folder(RULES)[1], json.loads(text.splitlines()[0])["reglo"]["code"]}
    salt = read_salt(salt_file(Path(JOURNAL)))
    assert salt is not None
    assert common == {*public, salt.digest, json.loads(text.splitlines()[0])["condense"]} & common
    assert not [one for one in common if one.startswith("hmac")]
    # With the secret, the same guesses are found: the test sees what it looks for.
    veil = salt.veil(1)
    assert {veil.hide("resultat", result), veil.hide("dossier", "DUPONT-Claire"),
            veil.hide("entree", digest_of(file.read_bytes()))} <= first  # fmt: skip


def test_what_is_kept_beside_a_receipt_is_for_its_owner_alone(
    kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    rules = ("--regles", RULES.rules)
    reglo(*rules, "calculer", kit.folder / "commande.yaml", "--recu", JOURNAL)
    assert reglo(*rules, "archiver", "p.zip", "--journal", JOURNAL,
                 "--entrees", kit.folder).code == 0  # fmt: skip
    for name in (JOURNAL, f"{JOURNAL}.sel", "p.zip"):
        assert Path(name).stat().st_mode & 0o077 == 0, name


def test_the_long_attack_believes_nothing_of_a_journal(kit: Kit, tmp_path: Path) -> None:
    """It compares what is said to be proved with journals in which anything may be anywhere."""
    true = recus.receipts(kit.folder / JOURNAL)
    false = {**true[0], "fait_le": "hier"}
    told = [{"numero": one["numero"], "condense": one["condense"], "prouve": True} for one in true]
    ended = Ended((), 1, json.dumps({"recus": told}), "", hung=False, seconds=0)
    trial = Trial("essai", tmp_path, tmp_path, Dice("essai"))
    journal = tmp_path / JOURNAL
    for strange in ([1], {"a": 1}, None, "1", 1.5):
        recus.write(journal, [true[0], {**true[0], "numero": strange}, {**false, "condense": []}])
        recus.partly(trial, true, journal, ended)
    assert trial.findings == []
    recus.write(journal, [false])
    recus.partly(trial, true, journal, ended)
    assert [one.kind for one in trial.findings] == ["dit prouvé fait_le"]
