"""Bad input, through the command: a plain sentence and a way out, or a refused record."""

from __future__ import annotations

import json
import re
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from cli import main
from engine.sql.duck import connect
from engine.sql.inputs.open import open_inputs
from tests.ligne_de_commande.commande import reglo, written
from tests.sql.tables import (
    EXPECTED,
    RESULTS,
    law,
    quoted,
    write_csv,
    write_database,
    write_jsonl,
    write_parquet,
    write_workbook,
)

ROOT = Path(__file__).resolve().parents[2]
NAMES = ",".join(RESULTS)


def campaign(source: Path, output: Path, *more: str) -> Result:
    words = ["campagne", str(source), "-o", str(output), "--resultats", NAMES, *more]
    return CliRunner().invoke(main, words)


def refused(output: Path) -> list[tuple[str | None, str | None, int, str | None, str]]:
    with duckdb.connect() as connection:
        return connection.execute(
            f"SELECT dossier, fichier, ligne, champ, code FROM {quoted(output / 'rejets.parquet')} "
            "ORDER BY ALL"
        ).fetchall()


def balanced(output: Path) -> dict[str, int]:
    """The counts of the manifest, which the tables must have."""
    manifest = json.loads((output / "manifeste.json").read_text(encoding="utf-8"))
    counts: dict[str, int] = manifest["dossiers"]
    assert counts["lus"] == counts["calcules"] + counts["refuses"]
    for lines in manifest["lignes"].values():
        assert lines["lues"] == lines["calculees"] + lines["refusees"] + lines["sans_dossier"]
    with duckdb.connect() as connection:
        for name, count in (("resultats", counts["calcules"]), ("rejets", manifest["rejets"])):
            table = quoted(output / f"{name}.parquet")
            assert connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone() == (count,)
    return counts


def rows(output: Path) -> dict[str, tuple[str, ...]]:
    columns = ", ".join(f"CAST({name} AS VARCHAR)" for name in RESULTS)
    with duckdb.connect() as connection:
        found = connection.execute(
            f"SELECT dossier, {columns} FROM {quoted(output / 'resultats.parquet')}"
        ).fetchall()
    return {row[0]: tuple(row[1:]) for row in found}


def csv(folder: Path, **tables: str | bytes) -> Path:
    """The two records as CSV files, some of which are written otherwise."""
    write_csv(folder)
    for name, content in tables.items():
        data = content if isinstance(content, bytes) else content.encode()
        (folder / f"{name}.csv").write_bytes(data)
    return folder


def base(path: Path, *statements: str) -> Path:
    write_database(path)
    with duckdb.connect(str(path)) as connection:
        for statement in statements:
            connection.execute(statement)
    return path


def bytes_of(path: Path, change: Callable[[bytes], bytes]) -> Path:
    path.write_bytes(change(path.read_bytes()))
    return path


def in_the_middle(data: bytes) -> bytes:
    return data[:4] + b"\xff" * 40 + data[44:]


# --- nothing can be computed


ERRORS: dict[str, tuple[Callable[[Path], Path], str, str]] = {
    "missing column": (
        lambda at: csv(at, services="dossier;niveau\nD-1;troisieme\n"),
        "services.csv:1:1: erreur E126: il manque la colonne « heures » dans « services »",
        "ajoutez-la",
    ),
    "unknown column": (
        lambda at: csv(at, services="dossier;heures;niveaux\n"),
        "services.csv:1:1: erreur E125: colonne inconnue dans « services » : « niveaux »",
        "vouliez-vous dire « niveau » ?",
    ),
    "column without a name that holds something": (
        lambda at: csv(at, services="dossier;heures;\nD-1;4;5\n"),
        "erreur E125: colonne inconnue dans « services » : « (sans nom, colonne 3) »",
        "colonnes de « services »",
    ),
    "empty CSV": (
        lambda at: csv(at, services=b""),
        "services.csv:1:1: erreur E124: fichier CSV illisible",
        "vérifiez que la première ligne donne les noms des colonnes",
    ),
    "open quote": (
        lambda at: csv(at, services='dossier;heures;niveau\nD-1;4;"troisieme\nD-2;3;cdi\n'),
        "services.csv:2:1: erreur E129: cette ligne n'a pas les 3 colonnes de l'en-tête",
        "vérifiez les séparateurs et les guillemets de la ligne",
    ),
    "decimal comma without quotes": (
        lambda at: csv(at, services="dossier,heures\nD-1,4,5\n"),
        "services.csv:2:1: erreur E129: cette ligne n'a pas les 2 colonnes de l'en-tête",
        "vérifiez les séparateurs",
    ),
    "mixed forms": (
        lambda at: (
            bytes_of(csv(at, hse="dossier;date;heures\n") / "hse.csv", in_the_middle)
            .rename(at / "hse.parquet")
            .parent
        ),
        "erreur E121: des fichiers de plusieurs sortes dans un même répertoire",
        "gardez une seule sorte de fichiers",
    ),
    "truncated Parquet": (
        lambda at: bytes_of(write_parquet(at) / "services.parquet", lambda data: data[:-20]).parent,
        "services.parquet:1:1: erreur E124: fichier Parquet illisible : tronqué",
        "écrivez-le de nouveau",
    ),
    "Parquet spoiled in the middle": (
        lambda at: bytes_of(write_parquet(at) / "services.parquet", in_the_middle).parent,
        "services.parquet:1:1: erreur E124: fichier Parquet illisible",
        "écrivez-le de nouveau",
    ),
    "empty Parquet": (
        lambda at: bytes_of(write_parquet(at) / "services.parquet", lambda _: b"").parent,
        "services.parquet:1:1: erreur E124: fichier Parquet illisible",
        "écrivez-le de nouveau",
    ),
    "database without the root table": (
        lambda at: base(at.with_suffix(".duckdb"), "DROP TABLE agents"),
        "erreur E123: il manque la table « agents », qui a une ligne par dossier",
        "ajoutez",
    ),
    "database with a view of nothing": (
        lambda at: base(
            at.with_suffix(".duckdb"),
            "ALTER TABLE services RENAME TO vides",
            "CREATE VIEW services AS FROM vides",
            "DROP TABLE vides",
        ),
        "table services:1:1: erreur E131: c'est une vue",
        "CREATE TABLE",
    ),
    "empty database": (
        lambda at: bytes_of(write_database(at.with_suffix(".duckdb")), lambda _: b""),
        "erreur E124: base DuckDB illisible",
        "vérifiez le chemin",
    ),
    "half a workbook": (
        lambda at: bytes_of(
            write_workbook(at.with_suffix(".xlsx")), lambda data: data[: len(data) // 2]
        ),
        "erreur E124: classeur illisible",
        "enregistrez-le de nouveau en .xlsx",
    ),
    "another kind of file": (
        lambda at: write_jsonl(at.with_suffix(".txt")),
        "erreur E124: ce fichier n'est d'aucune des sortes qui sont lues",
        "donnez un répertoire de .parquet ou de .csv",
    ),
    "no file": (lambda at: at, "erreur E115: fichier introuvable", "vérifiez le chemin"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_what_cannot_be_read_is_told_with_a_way_out(name: str, tmp_path: Path) -> None:
    make, sentence, way_out = ERRORS[name]
    source = make(tmp_path / "entree")
    before = sorted(tmp_path.iterdir())
    done = campaign(source, tmp_path / "sortie")
    assert isinstance(done.exception, SystemExit)
    assert done.exit_code == 1
    assert sentence in done.stderr
    assert way_out in done.stderr
    assert sorted(tmp_path.iterdir()) == before  # neither output nor a run to be resumed
    for line in done.stderr.splitlines():
        assert re.match(r"(\S.*:\d+:\d+: erreur E\d{3}: |  conseil : )", line), line
        assert not re.search(r"\b(error|file|not|line|Invalid|Traceback)\b", line), line


# --- what is read all the same


FORMS: dict[str, dict[str, str | bytes]] = {
    "semicolons and decimal commas": {
        "services": "dossier;heures;niveau\nD-1;13,5;terminale_generale\n"
        "D-2;4,5;troisieme\nD-2;15;seconde_gt\n"
    },
    "commas and quoted decimal commas": {
        "services": 'dossier,heures,niveau\nD-1,"13,5",terminale_generale\n'
        "D-2,4.5,troisieme\nD-2,15,seconde_gt\n"
    },
    "the mark of UTF-8 and the line ends of Windows": {
        "services": b"\xef\xbb\xbfdossier;heures;niveau\r\nD-1;13,5;terminale_generale\r\n"
        b"D-2;4,5;troisieme\r\nD-2;15;seconde_gt\r\n"
    },
    "UTF-16": {
        "services": (
            "dossier;heures;niveau\nD-1;13,5;terminale_generale\nD-2;4,5;troisieme\n"
            "D-2;15;seconde_gt\n"
        ).encode("utf-16")
    },
    "Latin-1": {
        "etablissements": "dossier;uai;commune\nD-1;0130001A;Orl\u00e9ans\n".encode("latin-1")
    },
    "Latin-1 under the mark of UTF-8": {
        "etablissements": b"\xef\xbb\xbf"
        + "dossier;uai;commune\nD-1;0130001A;Orl\u00e9ans\n".encode("latin-1")
    },
    "empty columns without a name": {
        "services": "dossier;heures;niveau;;\nD-1;13,5;terminale_generale;;\n"
        "D-2;4,5;troisieme;;\nD-2;15;seconde_gt;;\n"
    },
    "a table without a row": {"hse": "dossier;date;heures\n"},
}


@pytest.mark.parametrize("name", FORMS)
def test_what_spreadsheets_write_is_read(name: str, tmp_path: Path) -> None:
    done = campaign(csv(tmp_path / "csv", **FORMS[name]), tmp_path / "sortie")
    assert done.exit_code == 0, done.output
    assert balanced(tmp_path / "sortie") == {"lus": 2, "calcules": 2, "refuses": 0}
    assert rows(tmp_path / "sortie") == EXPECTED


def test_a_folder_with_the_signs_of_patterns_in_its_name_is_read(tmp_path: Path) -> None:
    for at, source in enumerate(
        (csv(tmp_path / "csv [2024] *"), write_parquet(tmp_path / "parquet [2024] ?"))
    ):
        assert campaign(source, tmp_path / f"sortie {at}").exit_code == 0
        assert rows(tmp_path / f"sortie {at}") == EXPECTED


def test_a_view_of_a_database_is_refused(tmp_path: Path) -> None:
    """What it shows may be in any file: only the database is sealed."""
    source = base(
        tmp_path / "base.duckdb",
        "CREATE SCHEMA autre; CREATE TABLE autre.services AS FROM services",
        "DROP TABLE services",
        "CREATE VIEW services AS FROM autre.services",
        "ALTER TABLE autre.services RENAME TO hse",
    )
    done = campaign(source, tmp_path / "sortie")
    assert done.exit_code == 1
    assert "table services:1:1: erreur E131: c'est une vue" in done.stderr
    assert not (tmp_path / "sortie").exists()


def test_records_without_any_line_are_computed(tmp_path: Path) -> None:
    source = base(tmp_path / "base.duckdb", "DROP TABLE services")
    done = campaign(source, tmp_path / "sortie")
    assert done.exit_code == 0, done.output
    assert balanced(tmp_path / "sortie") == {"lus": 2, "calcules": 2, "refuses": 0}


def test_the_numbers_of_a_workbook_may_be_texts(tmp_path: Path) -> None:
    done = campaign(write_workbook(tmp_path / "classeur.xlsx"), tmp_path / "sortie")
    assert done.exit_code == 0, done.output
    assert rows(tmp_path / "sortie") == EXPECTED


def test_an_identifier_that_ends_like_a_decimal_number_is_kept_as_it_is(tmp_path: Path) -> None:
    agents = "dossier;date;corps\nv.0;2024-10-01;agrege\nv;2024-10-01;agrege\n"
    source = csv(tmp_path / "csv", agents=agents, services="dossier;heures\nv.0;4\nv;5\n")
    assert campaign(source, tmp_path / "sortie").exit_code == 0
    found = {ident: values[0] for ident, values in rows(tmp_path / "sortie").items()}
    assert found == {"v.0": "4.00", "v": "5.00"}


# --- refused records


def test_lines_of_no_record_are_set_aside_and_counted(tmp_path: Path) -> None:
    services = "dossier;heures\nD-1;4\nD-9;4\n;5\nD-2;6\n"
    done = campaign(csv(tmp_path / "csv", services=services), tmp_path / "sortie")
    assert done.exit_code == 1
    assert "2 dossiers lus : 2 calculés, 0 refusé, 2 lignes sans dossier" in done.stdout
    assert balanced(tmp_path / "sortie") == {"lus": 2, "calcules": 2, "refuses": 0}
    assert refused(tmp_path / "sortie") == [
        ("D-9", "services.csv", 2, "dossier", "E520"),
        (None, "services.csv", 3, "dossier", "E104"),
    ]


def test_rows_of_one_identifier_are_all_refused(tmp_path: Path) -> None:
    agents = (
        "dossier;date;corps\nD-1;2024-10-01;certifie\nD-1;2024-10-01;agrege\n"
        "D-2;2024-10-01;agrege\n;2024-10-01;agrege\n"
    )
    done = campaign(csv(tmp_path / "csv", agents=agents), tmp_path / "sortie")
    assert done.exit_code == 1
    assert "4 dossiers lus : 1 calculé, 3 refusés" in done.stdout
    assert balanced(tmp_path / "sortie") == {"lus": 4, "calcules": 1, "refuses": 3}
    assert refused(tmp_path / "sortie") == [
        ("D-1", "agents.csv", 1, "dossier", "E503"),
        ("D-1", "agents.csv", 2, "dossier", "E503"),
        (None, "agents.csv", 4, "dossier", "E104"),
    ]


def test_a_value_of_another_type_refuses_its_record(tmp_path: Path) -> None:
    source = write_parquet(tmp_path / "parquet")
    with duckdb.connect() as connection:
        connection.execute(
            "COPY (SELECT 'D-1' AS dossier, DATE '2024-10-01' AS heures, 4 AS niveau) "
            f"TO {quoted(source / 'services.parquet')}"
        )
    done = campaign(source, tmp_path / "sortie")
    assert done.exit_code == 1
    assert balanced(tmp_path / "sortie") == {"lus": 2, "calcules": 1, "refuses": 1}
    assert refused(tmp_path / "sortie") == [
        ("D-1", "services.parquet", 1, "heures", "E501"),
        ("D-1", "services.parquet", 1, "niveau", "E106"),
    ]


ODD_LINES: dict[str, tuple[bytes, str]] = {
    "half an object": (b'{"dossier": ', "E119"),
    "a list": (b"[1]", "E105"),
    "nothing": (b"null", "E105"),
    "a text": (b'"D-3"', "E105"),
    "an empty object": (b"{}", "E104"),
    "a key twice": (b'{"dossier": "A", "dossier": "B"}', "E102"),
    "a key that is not known": (b'{"dossier": "A", "datte": "2024-10-01"}', "E103"),
    "characters that are not UTF-8": (b'{"dossier": "\xe9"}', "E113"),
    "a control character": (b'{"dossier": "a\x1fb"}', "E119"),
    "a long line": (b'{"dossier": "' + b"x" * (2**21) + b'"}', "E107"),
    "too long a line": (b'{"dossier": "' + b"x" * (2**25 + 10) + b'"}', "E107"),
    "a list for a text": (
        (
            b'{"dossier": "A", "date": "2024-10-01", "agent": {"corps": "agrege"}, '
            b'"services": [{"heures": 4, "division": ["a"]}]}'
        ),
        "E105",
    ),
    "a boolean for a number": (
        (
            b'{"dossier": "A", "date": "2024-10-01", "agent": {"corps": "agrege"}, '
            b'"services": [{"heures": true}]}'
        ),
        "E105",
    ),
    "many levels": (b'{"dossier": ' + b"[" * 5000 + b"]" * 5000 + b"}", "E111"),
}


@pytest.mark.parametrize("name", ODD_LINES)
def test_an_odd_line_is_a_refused_record_and_the_others_come_out(name: str, tmp_path: Path) -> None:
    line, code = ODD_LINES[name]
    path = write_jsonl(tmp_path / "dossiers.jsonl")
    bytes_of(path, lambda data: b"\n" + line + b"\n" + data)
    done = campaign(path, tmp_path / "sortie")
    assert done.exit_code == 1, done.output
    assert balanced(tmp_path / "sortie") == {"lus": 3, "calcules": 2, "refuses": 1}
    assert rows(tmp_path / "sortie") == EXPECTED
    found = refused(tmp_path / "sortie")
    assert {(one[1], one[2]) for one in found} == {("dossiers.jsonl", 2)}
    assert code in {one[4] for one in found}


def test_the_rows_of_a_large_file_keep_their_numbers(tmp_path: Path) -> None:
    """Several threads read it together, each a part of it."""
    count = 400_000
    with (tmp_path / "agents.csv").open("w", encoding="utf-8") as stream:
        stream.write("dossier;date;corps\n")
        stream.writelines(f"{at:0160};2024-10-01;certifie\n" for at in range(1, count + 1))
    corpus = law().corpus
    with connect(None, 4, str(tmp_path)) as connection:
        tables, findings = open_inputs(
            connection, tmp_path, corpus.model, corpus.first_day, tmp_path
        )
        assert findings == ()
        assert tables is not None
        agents = tables.raw["agents"]
        moved = connection.execute(
            f"SELECT COUNT(*) FROM {agents.relation} WHERE {agents.row} <> CAST(dossier AS BIGINT)"
        ).fetchone()
    assert moved == (0,)


# --- what cannot be written


def test_the_input_is_not_the_output(tmp_path: Path) -> None:
    source = csv(tmp_path / "csv")
    same = campaign(source, source)
    assert (same.exit_code, "E521" in same.stderr) == (1, True)
    inside = campaign(source, source / "sortie")
    assert (inside.exit_code, "E531" in inside.stderr) == (1, True)
    assert "donnez avec -o un répertoire qui est ailleurs" in inside.stderr
    assert sorted(path.name for path in source.iterdir()) == ["agents.csv", "services.csv"]


def test_a_file_in_the_place_of_a_folder_is_told(tmp_path: Path) -> None:
    source = csv(tmp_path / "csv")
    (tmp_path / "fichier").touch()
    done = campaign(source, tmp_path / "fichier" / "sortie")
    assert done.exit_code == 1
    assert "E525" in done.stderr
    assert "un fichier y tient la place d'un répertoire" in done.stderr


def test_a_name_that_is_too_long_is_told(tmp_path: Path) -> None:
    done = campaign(csv(tmp_path / "csv"), tmp_path / ("x" * 300))
    assert done.exit_code == 1
    assert "le nom est trop long" in done.stderr


def test_a_disk_that_takes_no_more_is_told_and_the_run_goes_on_afterwards(tmp_path: Path) -> None:
    """The system refuses to write past a size, as it does when a disk is full."""
    count = 20_000
    agents = "".join(f"D-{at};2024-10-01;certifie\n" for at in range(count))
    source = csv(tmp_path / "csv", agents=f"dossier;date;corps\n{agents}")
    output = tmp_path / "sortie"
    words = ["-m", "cli", "campagne", str(source), "-o", str(output), "--resultats", NAMES]

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))

    done = subprocess.run(
        [sys.executable, *words],
        cwd=ROOT, preexec_fn=small, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "erreur E525: écriture impossible dans" in done.stderr
    assert "un fichier dépasse la taille permise" in done.stderr
    assert "Traceback" not in done.stderr
    assert not output.exists()
    again = campaign(source, output, "--reprendre")
    assert again.exit_code == 0, again.output
    assert balanced(output) == {"lus": count, "calcules": count, "refuses": 0}


@pytest.mark.parametrize(("most", "why"), [(100, "sans pas"), (10**15, "38 chiffres")])
def test_a_number_that_no_column_can_hold_is_told(tmp_path: Path, most: int, why: str) -> None:
    """The small corpus has a number without a step: a record is computed, a table cannot be."""
    corpus = Path(shutil.copytree(ROOT / "tests" / "langage" / "corpus", tmp_path / "corpus"))
    schema = corpus / "schemas" / "dossier.v1.json"
    model = json.loads(schema.read_text(encoding="utf-8"))
    model["properties"]["distance"]["maximum"] = most
    if most > 100:
        model["properties"]["distance"]["multipleOf"] = 0.01
    schema.write_text(json.dumps(model), encoding="utf-8")
    record = {"commande": "C-1", "livree_le": "2012-06-01", "client": {"categorie": "cantine"}}
    source = written(tmp_path, json.dumps(record), "commandes.jsonl")
    asked = ("--regles", corpus / "regles", "campagne", source, "-o", tmp_path / "sortie")
    run = reglo(*asked, "--resultats", "remise")
    assert (run.code, run.codes) == (1, ["E530"])
    assert "« distance »" in run.err
    assert why in run.err
    assert sorted(one.name for one in tmp_path.iterdir()) == ["commandes.jsonl", "corpus"]
