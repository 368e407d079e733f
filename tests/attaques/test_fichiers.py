"""Files, streams and signals: hostile paths, full disks, texts that drive a terminal, bombs."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import unicodedata
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from engine.source.digests import canonical, digest_of
from tests.attaques.longue import scenes
from tests.attaques.processus import entries, entry
from tests.langage.bakery import CORPUS
from tests.langage.shop import ORDER
from tests.ligne_de_commande.commande import ROOT, Run, reglo
from tests.source.test_writing import a_full_disk

resource = pytest.importorskip("resource", reason="limits are of POSIX")

CASE = """\
cas:
  - nom: {name}
    source: {{document: j1, reperage: "p. 1"}}
    nature: construite
    dossier:
      livree_le: 2024-05-02
      client: {{categorie: particulier}}
      fournees: [{{produit: pain, quantite: 10}}]
    attendu: {{total: 999}}
"""
RULE = "regles/parametres/plafond_remise.yaml"
# Each command that writes a file of the shop: its words, and the file.
WRITERS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "nouvelle-version": (
        ("nouvelle-version", "plafond_remise", "--depuis", "2030-01-01", "--oui"), RULE,
    ),
    "importer-table": (("importer-table", "change.xlsx", "--oui", "--plausible"), RULE),
    "exporter-table": (("exporter-table", "plafond_remise", "a.xlsx", "--remplacer"), "a.xlsx"),
    "comparer": (("comparer", "regles", "-o", "a.txt"), "a.txt"),
    "comparer html": (("comparer", "regles", "--format", "html", "-o", "a.html"), "a.html"),
    "rejouer --junit": (("rejouer", "cas.yaml", "--junit", "a.xml"), "a.xml"),
    "couvrir --page": (("couvrir", "cas.yaml", "--page", "a.html"), "a.html"),
    "reduire": (("reduire", "commande.yaml", "--resultat", "total", "-o", "a.yaml"), "a.yaml"),
}  # fmt: skip
KEEPS = "ce qui s'y trouvait\n"


@pytest.fixture(name="ready", scope="session")
def _ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bakery, with a case, an order and a workbook in which a price was changed."""
    folder = tmp_path_factory.mktemp("prete")
    shutil.copytree(CORPUS, folder, dirs_exist_ok=True)
    shutil.rmtree(folder / "regles" / "publications")
    (folder / "commande.yaml").write_text(ORDER, encoding="utf-8")
    (folder / "cas.yaml").write_text(CASE.format(name="Un cas"), encoding="utf-8")
    exported = reglo("--regles", folder / "regles", "exporter-table", "plafond_remise",
                     folder / "change.xlsx")  # fmt: skip
    assert exported.code == 0
    book = load_workbook(folder / "change.xlsx")
    book.worksheets[0]["B10"] = 49
    book.save(folder / "change.xlsx")
    return folder


@pytest.fixture(name="place")
def _place(ready: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, of one test, and the folder of its runs."""
    folder = tmp_path / "boutique"
    shutil.copytree(ready, folder)
    monkeypatch.chdir(folder)
    return folder


def in_shop(*words: str | Path) -> Run:
    return reglo("--regles", "regles", *words)


def left_over(folder: Path) -> list[str]:
    """What a command that failed should have removed."""
    return [one.name for one in folder.rglob("*") if one.name.startswith((".reglo-", ".impact-"))]


# --- a file appears whole


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_leaves_every_file_as_it_was(place: Path, name: str) -> None:
    words, file = WRITERS[name]
    path = place / file
    if not path.exists():
        path.write_text(KEEPS, encoding="utf-8")
    before = path.read_bytes()
    with a_full_disk():
        run = in_shop(*words)
    assert run.code == 1
    # A workbook is made in temporary files first: they are what cannot be written.
    assert run.codes[-1:] == ["E137"] or "la sortie ne peut pas être écrite" in run.err
    assert (path.read_bytes(), left_over(place)) == (before, [])


def test_what_a_full_disk_keeps_from_being_closed_is_not_told_twice(place: Path) -> None:
    """Half of a sheet is written: its library fails again when it is thrown away."""
    full = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (5500, 5500))"
    tables = ("prix_a_la_piece", "plafond_remise")
    done = entry(full, "--regles", "regles", "exporter-table", *tables, "a.xlsx", cwd=place)
    assert done.returncode == 1
    assert done.stderr.startswith("Erreur : la sortie ne peut pas être écrite")
    assert done.stderr.count("\n") == 1


def test_a_full_disk_leaves_no_key(tmp_path: Path) -> None:
    with a_full_disk():
        run = reglo("cle", tmp_path / "cle.pem")
    assert (run.code != 0, run.codes) == (True, ["E548"])
    assert list(tmp_path.iterdir()) == []


def test_two_rule_files_change_together_or_not_at_all(place: Path) -> None:
    """The first of them is short enough for what is left of the disk."""
    rules = {one: one.read_bytes() for one in (place / "regles").rglob("*.yaml")}
    book = place / "prix.xlsx"
    assert in_shop("exporter-table", "plafond_remise", "seuil_foire", book).code == 0
    opened = load_workbook(book)
    opened.worksheets[0]["B10"], opened.worksheets[1]["B10"] = 49, 201
    opened.save(book)
    sizes = [len(rules[place / RULE]), len(rules[place / "regles/parametres/seuil_foire.yaml"])]
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (max(sizes) - 1, hard))
    try:
        run = in_shop("importer-table", book, "--oui", "--plausible")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (sizes[0] == sizes[1], run.codes) == (False, ["E137"])
    assert {one: one.read_bytes() for one in rules} == rules


@pytest.mark.parametrize("name", WRITERS)
def test_a_file_is_never_written_where_it_stands(
    place: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever stops it at the last moment: what was there is there."""
    words, file = WRITERS[name]
    path = place / file
    if not path.exists():
        path.write_text(KEEPS, encoding="utf-8")
    before = path.read_bytes()

    def stop(*_: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", stop)
    run = in_shop(*words)
    assert (run.code, run.err.strip().splitlines()[-1]) == (130, "Interrompu.")
    assert (path.read_bytes(), left_over(place)) == (before, [])


# --- paths

Spot = Callable[[Path], str]  # makes what is to be named in a folder, and names it


def long(_: Path) -> str:
    return f"{'a' * 5000}.xlsx"


def loop(place: Path) -> str:
    (place / "boucle.xlsx").symlink_to("boucle.xlsx")
    return "boucle.xlsx"


def below_a_file(_: Path) -> str:
    return "commande.yaml/a.xlsx"


def absent(_: Path) -> str:
    return "absent/a.xlsx"


def a_folder(place: Path) -> str:
    (place / "un dossier.xlsx").mkdir()
    return "un dossier.xlsx"


def endless(_: Path) -> str:
    return "/dev/zero"


def an_empty_pipe(place: Path) -> str:
    os.mkfifo(place / "tube")
    return "tube"


PATHS = (long, loop, below_a_file, absent, a_folder)
READERS: Mapping[str, tuple[str, ...]] = {
    "calculer": ("calculer", "{}"),
    "expliquer": ("expliquer", "{}"),
    "expliquer --campagne": ("expliquer", "--campagne", "{}", "--dossier", "a"),
    "diverger": ("diverger", "{}", "{}"),
    "reduire": ("reduire", "{}", "--resultat", "total"),
    "rejouer": ("rejouer", "{}"),
    "valider": ("valider", "{}"),
    "comparer": ("comparer", "{}"),
    "importer-table": ("importer-table", "{}"),
    "impact --attendu": ("impact", "commande.yaml", "--attendu", "{}"),
    "prouver": ("prouver", "{}"),
    "--cle": ("calculer", "commande.yaml", "--recu", "j.jsonl", "--cle", "{}"),
    "--recu": ("calculer", "commande.yaml", "--recu", "{}"),
}
OUTPUTS: Mapping[str, tuple[str, ...]] = {
    "exporter-table": ("exporter-table", "plafond_remise", "{}", "--remplacer"),
    "comparer": ("comparer", "regles", "-o", "{}"),
    "junit": ("rejouer", "cas.yaml", "--junit", "{}"),
    "page": ("couvrir", "cas.yaml", "--page", "{}"),
    "reduire": ("reduire", "commande.yaml", "--resultat", "total", "-o", "{}"),
    "cle": ("cle", "{}"),
}


def filled(words: Sequence[str], path: str) -> list[str]:
    return [one.format(path) if "{}" in one else one for one in words]


@pytest.mark.parametrize("path", PATHS, ids=lambda one: one.__name__)
@pytest.mark.parametrize("name", READERS)
def test_a_path_that_cannot_be_read_is_a_sentence(place: Path, name: str, path: Spot) -> None:
    run = in_shop(*filled(READERS[name], path(place)))
    assert run.code in {1, 2}
    assert (run.err + run.out).strip()


@pytest.mark.parametrize("path", [endless, an_empty_pipe], ids=lambda one: one.__name__)
@pytest.mark.parametrize("name", ["calculer", "rejouer", "importer-table", "impact --attendu"])
def test_a_stream_is_read_to_a_bound(place: Path, name: str, path: Spot) -> None:
    spot = path(place)
    # Nothing is written in the pipe. The writer is a process of its own, ended with the test: a
    # thread that a command leaves to wait would meet the change of rights of another test.
    code = "import sys; open(sys.argv[1], 'wb').close()"
    writer = subprocess.Popen([sys.executable, "-c", code, str(place / spot)])
    try:
        run = in_shop(*filled(READERS[name], spot))
    finally:
        writer.kill()
        writer.wait()
    assert run.code in {1, 2}
    assert (run.err + run.out).strip()


@pytest.mark.parametrize("path", [long, loop, below_a_file, absent], ids=lambda one: one.__name__)
@pytest.mark.parametrize("name", OUTPUTS)
def test_a_path_that_cannot_be_written_is_a_sentence(place: Path, name: str, path: Spot) -> None:
    run = in_shop(*filled(OUTPUTS[name], path(place)))
    assert run.code in {1, 2}
    assert (run.err + run.out).strip()
    assert left_over(place) == []


# --- who may read what is written


def test_what_is_written_is_of_its_owner_alone(ready: Path, tmp_path: Path) -> None:
    places = {str(tmp_path / f"{umask:o}"): umask for umask in (0o000, 0o022)}
    for place in places:
        shutil.copytree(ready, place)
        Path(place, RULE).chmod(0o644)
    commands = [
        ["calculer", "commande.yaml", "--recu", "recus.jsonl"],
        ["cle", "cle.pem"],
        *(
            list(words) for words, _ in reversed(tuple(WRITERS.values()))
        ),  # the rules change at the end
    ]
    before = {one for one in tmp_path.rglob("*") if ".git" not in one.parts}
    code = (
        "import os, json, cli\n"
        "commands = json.loads(sys.argv.pop())\n"
        "for place, umask in json.loads(sys.argv.pop()).items():\n"
        "    os.umask(umask)\n"
        "    os.chdir(place)\n"
        "    for words in commands:\n"
        "        sys.argv = ['reglo', '--regles', 'regles', *words]\n"
        "        try:\n            cli.run()\n        except SystemExit as end:\n"
        "            print(end.code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}", json.dumps(places), json.dumps(commands)],
        cwd=tmp_path, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    made = [one for one in tmp_path.rglob("*") if ".git" not in one.parts and one not in before]
    for place in places:
        assert {"a.xlsx", "a.html", "a.yaml", "recus.jsonl", "cle.pem", "cle.pem.pub"} <= {
            one.name for one in made if one.is_relative_to(place)
        }
        assert stat.S_IMODE(Path(place, RULE).stat().st_mode) == 0o644
    open_to_others = [one.name for one in made if one.stat().st_mode & 0o077]
    assert open_to_others == []


# --- signals and streams


def test_a_signal_in_the_middle_of_a_measure_leaves_nothing_of_anyone(tmp_path: Path) -> None:
    middle = (
        "import os, engine.effet.report as measured\n"
        "def stop(laws, sides, request, parts, tell):\n"
        "    (parts / 'agents.parquet').write_bytes(b'DUPONT')\n"
        "    os.kill(os.getpid(), NUMBER)\n"
        "    tell(1, 2)\n"
        "measured.impact = stop\n"
    )
    output = tmp_path / "effet" / "sortie"
    output.parent.mkdir()
    words = (
        "impact",
        "exemples/population",
        "--avant",
        "regles",
        "--apres",
        "regles",
        "-o",
        output,
    )
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    cases = [(middle.replace("NUMBER", str(int(number))), words) for number in numbers]
    for number, done in zip(numbers, entries(cases, tmp_path / "dit", cwd=ROOT), strict=True):
        assert (done.returncode, done.stderr.lstrip("\n")) == (128 + number, "Interrompu.\n")
    assert list(output.parent.iterdir()) == []


@pytest.mark.parametrize(
    "module", ["click", "engine.calcul.commands", "engine.evaluation.law", "engine.calcul.inputs"]
)
def test_ctrl_c_at_the_start_is_a_sentence(module: str) -> None:
    during = (
        "class Stop:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {module!r}: raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Stop())\n"
    )
    done = entry(during, "calculer", ROOT / "exemples/lycee.yaml")
    assert (done.returncode, done.stderr.strip()) == (130, "Interrompu.")


def test_ctrl_c_at_a_question_writes_nothing(place: Path) -> None:
    before = (place / RULE).read_bytes()
    asked = "import builtins\ndef stop(*_): raise KeyboardInterrupt\nbuiltins.input = stop\n"
    done = entry(asked, "--regles", "regles", "importer-table", "change.xlsx", "--plausible",
                 cwd=place)  # fmt: skip
    assert (done.returncode, done.stderr.strip().splitlines()[-1]) == (130, "Interrompu.")
    assert (place / RULE).read_bytes() == before


@pytest.mark.parametrize(
    ("closed", "code"), [(">&-", 1), ("2>&-", 0), ("<&-", 0), ("<&- 2>&-", 0), (">/dev/full", 1)]
)
def test_a_closed_stream_is_no_trace(place: Path, closed: str, code: int) -> None:
    script = f'"$1" "$2" --regles regles calculer commande.yaml {closed}'
    done = subprocess.run(
        ["/bin/sh", "-c", script, "sh", sys.executable, ROOT / "cli.py"],
        cwd=place, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert ("la sortie ne peut pas être écrite" in done.stderr) == (code == 1)


# --- what is shown

DRIVES = "\x1b]0;titre\x07\x1b[2J\x9b31m\u202e:smile:\r\ufeff"


def hostile(shown: str) -> set[str]:
    """The characters of an output that could drive a terminal."""
    return {one for one in shown if unicodedata.category(one) in {"Cc", "Cf"} and one not in "\n\t"}


@pytest.mark.parametrize("command", [["calculer"], ["expliquer", "--complet"], ["echeancier"]])
def test_a_record_does_not_drive_the_terminal(tmp_path: Path, command: list[str]) -> None:
    record = {
        "dossier": "D:smile:", "date": "2024-10-01",
        "agent": {"corps": "certifie", "grade": "classe_normale", "echelon": 11},
        "services": [{"heures": 18, "niveau": "seconde_gt", "groupe": DRIVES}],
    }  # fmt: skip
    path = tmp_path / f"n{DRIVES.replace('/', '')}.json"
    others = {**record, "dossier": f"D{DRIVES}"}, {**record, "dossier": 3, DRIVES: DRIVES}
    path.write_text(json.dumps([record, *others]), "utf-8")
    run = reglo(*command, path)
    assert ":smile:" in run.out
    assert r"\u001b[2J" in run.err
    assert hostile(run.out + run.err) == set()


def test_json_says_the_exact_texts(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    text = "Zoé D\u2019A n° 2 :smile: €"
    path.write_text(json.dumps({"dossier": text, "date": "2024-10-01",
                                "agent": {"corps": "certifie"}}), "utf-8")  # fmt: skip
    run = reglo("calculer", path, "--format", "json")
    assert run.idents == [text]
    assert hostile(run.out) == set()


def test_the_name_of_a_case_does_not_drive_the_terminal(place: Path) -> None:
    name = json.dumps(f"Cas {DRIVES}")
    (place / "cas.yaml").write_text(CASE.format(name=name), encoding="utf-8")
    run = in_shop("rejouer", "cas.yaml")
    assert (run.code, ":smile:" in run.err) == (1, True)
    assert hostile(run.out + run.err) == set()


def test_a_wrong_word_of_the_command_does_not_drive_the_terminal() -> None:
    for words in (
        (DRIVES,),
        ("calculer", DRIVES),
        ("calculer", f"--{DRIVES}"),
        ("journal", DRIVES),
    ):
        run = reglo(*words)
        assert run.code in {1, 2}
        assert hostile(run.out + run.err) == set()


def test_an_effect_is_written_beside_an_identifier_that_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, schema = tmp_path / "boutique", "schemas/dossier.v1.json"
    scenes.shop_of_effects(shop)
    monkeypatch.chdir(shop)
    model = json.loads(Path(schema).read_text("utf-8"))
    real = json.loads((ROOT / schema).read_text("utf-8"))["properties"]["dossier"]
    model["properties"]["commande"]["pattern"] = real["pattern"]  # that of the law of teachers
    Path(schema).write_text(json.dumps(model), "utf-8")
    text = Path(shutil.copytree("regles", "regles_avant"), "textes/arrete-pain.yaml")
    text.write_text(text.read_text("utf-8").replace("alors: 0.2,", "alors: 0.1,"), "utf-8")
    people = Path("commandes")
    people.mkdir()
    idents = "D\x0b1", "=1+1"  # the second would be a formula, if it were not written as a text
    orders = "".join(f"{one};2012-06-01;cantine\n" for one in idents)
    batches = "".join(f"{one};pain;100\n" for one in idents)
    (people / "dossiers.csv").write_text(f"commande;livree_le;categorie\n{orders}", "utf-8")
    (people / "fournees.csv").write_text(f"commande;produit;quantite\n{batches}", "utf-8")
    run = in_shop("impact", people, "--avant", "regles_avant", "-o", "sortie")
    assert run.code == 1
    assert "Écrit" in run.err
    assert hostile(Path("sortie/impact.html").read_text("utf-8")) == set()
    told = [(cell.value, cell.data_type) for page in load_workbook("sortie/impact.xlsx")
            for row in page.iter_rows() for cell in row]  # fmt: skip
    assert ("=1+1", "s") in told


def test_an_effect_that_cannot_be_written_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    same = ("--avant", "regles", "--apres", "regles")
    with a_full_disk():
        run = reglo("impact", "exemples/population", *same, "-o", tmp_path / "sortie")
    assert run.code == 1
    assert "E137" in run.err
    assert list(tmp_path.iterdir()) == []


# --- bombs


@pytest.mark.parametrize("name", ["a.yaml", "a.json"])
def test_thousands_of_faults_are_counted_and_the_other_records_computed(
    place: Path, name: str
) -> None:
    keys = ",\n".join(f'"cle_{at}": 1' for at in range(20_000))
    known = '"livree_le": "2012-06-01", "client": {"categorie": "cantine"}, "fournees": []'
    good, bad = f'{{"commande": "JUSTE", {known}}}', f'{{"commande": "FAUX", {known}, {keys}}}'
    (place / name).write_text(f"[{bad},\n{good}]", encoding="utf-8")
    run = in_shop("calculer", name, "--format", "json")
    assert run.idents == ["JUSTE"]
    assert (run.code, run.codes) == (1, ["E103"] * 100 + ["E138"])
    assert "19900 autres constats E103" in run.err
    assert "FAUX" in run.err
    assert len(run.err) < 60_000


def test_thousands_of_refused_records_are_all_named(place: Path) -> None:
    (place / "a.jsonl").write_text(
        "".join(f'{{"commande": "C{at}", "faute": 1}}\n' for at in range(3000)), encoding="utf-8"
    )
    run = in_shop("calculer", "a.jsonl")
    assert run.code == 1
    assert run.codes.count("E103") == 100
    assert run.err.count("2900 autres constats") == 2
    assert all(f"C{at}" in run.err for at in (0, 2999))


def test_a_rule_file_full_of_faults_is_checked_in_bounded_output(place: Path) -> None:
    keys = "".join(f"cle_{at}: 1\n" for at in range(20_000))
    with (place / RULE).open("a", encoding="utf-8") as stream:
        stream.write(keys)
    run = in_shop("valider", "--format", "sarif")
    found = json.loads(run.out)["runs"][0]["results"]
    assert [one["ruleId"] for one in found].count("E103") == 100
    assert "E138" in {one["ruleId"] for one in found}


def exported_with(place: Path, sheet: str, change: tuple[str, str]) -> Run:
    """The workbook, a piece of the XML of a sheet replaced; what reading it back gives."""
    source, target = place / "change.xlsx", place / "bombe.xlsx"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for one in old.infolist():
            content = old.read(one)
            if one.filename == f"xl/worksheets/{sheet}.xml":
                text = content.decode()
                assert change[0] in text
                content = text.replace(*change, 1).encode()
            new.writestr(one, content)
    return in_shop("importer-table", "bombe.xlsx", "--essai")


def test_one_value_far_away_is_found_at_once(place: Path) -> None:
    for far in ("A1048576", "XFD1048576"):
        book = load_workbook(place / "change.xlsx")
        book.worksheets[0][far] = "ici"
        book.save(place / "loin.xlsx")
        run = in_shop("importer-table", "loin.xlsx", "--essai")
        assert (run.code, run.codes) == (1, ["E566"])
        assert far in run.err


@pytest.mark.parametrize(
    "piece",
    [
        '<mergeCells count="1"><mergeCell ref="A20:XFD1048576"/></mergeCells>',
        '<hyperlinks><hyperlink ref="A20:XFD1048576" location="a"/></hyperlinks>',
    ],
)
def test_a_range_as_large_as_the_sheet_is_not_unfolded(place: Path, piece: str) -> None:
    run = exported_with(place, "sheet1", ("</sheetData>", f"</sheetData>{piece}"))
    assert (run.code, run.codes) == (1, ["E558"])


@pytest.mark.parametrize("value", ["1e999", "-1e999", "1e308"])
def test_a_number_that_is_none_is_a_sentence(place: Path, value: str) -> None:
    run = exported_with(place, "sheet1", ("<v>49</v>", f"<v>{value}</v>"))
    assert run.code == 1
    assert len(run.err) < 1000


@pytest.mark.parametrize("broken", ["encrypted", "method", "deflate", "far"])
def test_a_damaged_archive_is_no_workbook(place: Path, broken: str) -> None:
    data = bytearray((place / "change.xlsx").read_bytes())
    for found in list(re.finditer(rb"PK\x01\x02", bytes(data))):
        at = found.start()
        data[at + 8] |= broken == "encrypted"
        data[at + 10] = 97 if broken == "method" else data[at + 10]
    if broken == "deflate":
        first = int.from_bytes(data[26:28], "little") + 30
        data[first : first + 40] = b"\xff" * 40
    if broken == "far":  # the first part would begin farther than any file goes
        comment = data.rfind(b"PK\x05\x06")
        at = data.find(b"PK\x01\x02")
        name = at + 46 + int.from_bytes(data[at + 28 : at + 30], "little")
        assert data[at + 30 : at + 32] == b"\0\0"
        for size in (at + 30, comment + 12):
            data[size] += 12
        data[at + 42 : at + 46] = b"\xff" * 4
        data[name:name] = b"\x01\x00\x08\x00" + b"\xff" * 8
    (place / "abime.xlsx").write_bytes(data)
    run = in_shop("importer-table", "abime.xlsx", "--essai")
    assert (run.code, run.codes) == (1, ["E558"])


FORGED = {
    "a row that is not a number": ("cellule", 1, "dix"),
    "a row that no sheet has": ("cellule", 1, "0"),
    "a column that no sheet has": ("cellule", 2, "99999"),
    "a role that is none": ("cellule", 3, "roi"),
    "a day that is none": ("feuille", 3, "2024-02-30"),
    "a kind of row that is none": ("feuille", 0, "page"),
    "no key": ("cle", 3, "fixe"),
    "a value that is not a number": ("valeur", 4, "beaucoup"),
    "a value without end": ("valeur", 4, "1e999999999"),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_trace_is_a_sentence(place: Path, name: str) -> None:
    kind, column, text = FORGED[name]
    book = load_workbook(place / "change.xlsx")
    page = book["reglo"]
    rows = [["" if cell.value is None else str(cell.value) for cell in row]
            for row in page.iter_rows(max_col=7)]  # fmt: skip
    chosen = [row for row in rows[1:] if kind in {row[0], row[3]}]
    assert chosen
    for row in chosen:
        row[column] = text
    rows[0][4] = digest_of(canonical(rows[1:]))
    rewrite(book, rows)
    book.save(place / "forge.xlsx")
    run = in_shop("importer-table", "forge.xlsx", "--essai")
    assert (run.code, run.codes) == (1, ["E558"])


def rewrite(book: Workbook, rows: list[list[str]]) -> None:
    """Write the trace again, each cell a text."""
    page = book["reglo"]
    for at, row in enumerate(rows, 1):
        for column, text in enumerate(row, 1):
            cell = page.cell(at, column)
            cell.value = text or None
            if text:
                cell.data_type = "s"


def test_a_trace_with_a_row_far_away_is_a_sentence(place: Path) -> None:
    book = load_workbook(place / "change.xlsx")
    book["reglo"]["A1048576"] = "loin"
    book.save(place / "loin.xlsx")
    run = in_shop("importer-table", "loin.xlsx", "--essai")
    assert (run.code, run.codes) == (1, ["E558"])


def test_the_order_of_the_shop_is_sound(place: Path) -> None:
    """The others would prove nothing of a shop in which nothing works."""
    assert (place / "commande.yaml").read_text(encoding="utf-8") == ORDER
    assert in_shop("calculer", "commande.yaml").code == 0
    assert in_shop("importer-table", "change.xlsx", "--essai").code == 0
