"""A clean population goes in; the same comes out with faults in it, and the list of them.

Each fault is a correction of one row: the row is replaced by versions of itself, none, one or more
of which differ. So a cell is changed, a row is doubled or made up, in one way; and the rows of a
table that are not touched stay as they are, in their order.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from bench.draws import connect, select, text, write

Version = Mapping[str, "str | None"]  # what differs from the row: column, then text or nothing

SHARE = 100  # one record in so many has a fault, at most
LIST = "fautes.json"
UNKNOWN_SCHOOL = "9999999Z"
MOST_LINES = 64  # of one record; see maxItems in the schema of the record
LONGEST = 200  # characters of a text
LONG = "X" * (LONGEST + 1)
SAME: Version = {}

# Columns that become texts, in which anything can be written: here, what people write, in turn.
AS_TEXT: Mapping[str, Mapping[str, str]] = {
    "agents": {
        "quotite": "CASE WHEN quotite * 100 % 1 = 0 AND hash(dossier) % 2 = 0"
        " THEN (quotite * 100)::INTEGER || ' %' ELSE quotite::VARCHAR END",
        "echelon": "echelon::VARCHAR",
    },
    "services": {
        "heures": "CASE WHEN hash(dossier) % 3 = 0 THEN replace(heures::VARCHAR, '.', ',')"
        " WHEN hash(dossier) % 3 = 1 AND heures % 1 = 0.5 THEN floor(heures)::INTEGER || ' h 30'"
        " ELSE heures::VARCHAR END",
        "effectif": "effectif::VARCHAR",
    },
    "hse": {"date": "date::VARCHAR"},
}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fault: to which rows it may be done, and how.

    ``field`` is the column at fault, or None for the whole row. ``versions`` are what takes the
    place of the row; ``at`` tells which of them is at fault. ``where`` is a condition on the row;
    ``alike`` is how many rows of the table its record has.
    """

    name: str
    table: str
    field: str | None
    versions: Sequence[Version]
    at: int = 0
    where: str = "TRUE"


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault as ``fautes.json`` tells it: ``ligne`` is the row of the table, from 1."""

    nature: str
    dossier: str | None
    table: str
    ligne: int
    champ: str | None


def _cell(name: str, table: str, field: str, value: str | None, where: str = "TRUE") -> Kind:
    return Kind(name, table, field, ({field: value},), where=f"{field} IS NOT NULL AND {where}")


def _key(name: str, table: str, value: str | None) -> Kind:
    """A row more, whose key is ``value``; the row that it is made from stays."""
    return Kind(name, table, "dossier", (SAME, {"dossier": value}), at=1)


KINDS = (
    _cell("valeur requise absente", "agents", "corps", None),
    _cell("valeur requise absente", "agents", "date", None),
    _cell("valeur requise absente", "services", "heures", None),
    _cell("valeur requise absente", "missions", "taux", None),
    _cell("code inconnu", "agents", "corps", "certifié"),
    _cell("code inconnu", "services", "niveau", "terminale"),
    _cell("code inconnu", "missions", "code", "9103"),
    _cell("hors bornes", "agents", "quotite", "0"),
    _cell("hors bornes", "agents", "echelon", "14"),
    _cell("hors bornes", "services", "heures", "40.5"),
    _cell("hors bornes", "services", "heures", "-2"),
    _cell("hors bornes", "missions", "taux", "100000.01"),
    _cell("hors du pas", "services", "effectif", "27.5"),
    _cell("hors du pas", "agents", "echelon", "6,5"),
    _cell("nombre illisible", "services", "heures", "quatre"),
    _cell("nombre illisible", "services", "heures", "4:30"),
    _cell("nombre illisible", "services", "effectif", "1e1"),
    _cell("nombre illisible", "agents", "quotite", "plein"),
    _cell("date impossible", "hse", "date", "2025-02-30"),
    _cell("date illisible", "hse", "date", "12 nov. 2024"),
    Kind(
        *("date hors de l'année", "agents", "date"),
        ({"date": "2025-10-01", "annee_scolaire": "2024-2025"},),
    ),
    Kind(
        *("date avant le corpus", "agents", "date"),
        ({"date": "2008-08-31", "annee_scolaire": None},),
    ),
    _cell("année scolaire fautive", "agents", "annee_scolaire", "2024-2026"),
    _cell("année scolaire fautive", "agents", "annee_scolaire", "24-25"),
    Kind("identifiant en double", "agents", "dossier", (SAME, SAME), at=1),
    _key("clé vide", "agents", ""),
    _key("clé absente", "agents", None),
    _key("ligne sans clé", "services", None),
    _key("ligne sans clé", "etablissements", None),
    _key("ligne orpheline", "services", "D-INCONNU"),
    _key("ligne orpheline", "pacte", "D-INCONNU"),
    _cell("renvoi inconnu", "services", "etablissement", UNKNOWN_SCHOOL),
    Kind(
        *("deux principaux", "etablissements", "principal"),
        ({"principal": "true"}, {"principal": "true", "uai": UNKNOWN_SCHOOL}),
        at=1,
        where="alike = 1",
    ),
    Kind("établissement en double", "etablissements", "uai", (SAME, SAME), at=1, where="alike = 1"),
    _cell("forme fautive", "etablissements", "uai", "13X", where="alike = 1"),
    Kind("trop de lignes", "services", None, (SAME,) * (MOST_LINES + 1), at=MOST_LINES),
    _cell("texte trop long", "services", "division", LONG),
    _cell("texte trop long", "etablissements", "commune", LONG),
)


def plant(folder: Path) -> tuple[Fault, ...]:
    """Put faults in the clean tables of ``folder``, and write their list beside.

    Every kind is planted at least once, each time in another record: about one record in ``SHARE``,
    more when there are few of them.
    """
    with connect() as link:
        link.execute("CREATE TABLE touched (rang BIGINT, versions VARCHAR)")
        row = link.read_parquet(str(folder / "agents.parquet")).aggregate("count(*)").fetchall()
        times = max(1, row[0][0] // SHARE // len(KINDS))
        found: list[Fault] = []
        for table in sorted({kind.table for kind in KINDS} | AS_TEXT.keys()):
            path = folder / f"{table}.parquet"
            places = sorted(_places(link, path, table, times))
            _rewrite(link, path, table, places)
            found += _listed(places)
    listed = json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=1)
    (folder / LIST).write_text(f"{listed}\n", encoding="utf-8")
    return tuple(found)


def _places(
    link: duckdb.DuckDBPyConnection, path: Path, table: str, times: int
) -> Iterator[tuple[int, str, int]]:
    """Each fault of a table: its row, from 0, its record, and the number of its kind.

    The records are dealt out among the kinds, so that no two faults meet in one of them.
    """
    rows = f"read_parquet({text(str(path))}, file_row_number = true)"
    for number, kind in enumerate(KINDS):
        if kind.table != table:
            continue
        dealt = f"{rows} WHERE hash(dossier) % {len(KINDS)} = {number}"
        alike = select(dealt, {"alike": "count(*) OVER (PARTITION BY dossier)"}, more=True)
        first = {"rang": "min(file_row_number)", "dossier": "dossier"}
        query = select(f"({alike}) WHERE {kind.where} GROUP BY dossier", first)
        link.execute(f"{query} ORDER BY hash(dossier) LIMIT {times}")
        found = link.fetchall()
        if not found:
            message = f"aucun dossier où mettre la faute « {kind.name} » : il en faut davantage"
            raise ValueError(message)
        yield from ((row, dossier, number) for row, dossier in found)


def _rewrite(
    link: duckdb.DuckDBPyConnection, path: Path, table: str, places: Sequence[tuple[int, str, int]]
) -> None:
    """Write the table again, each row at fault in its versions; the order of rows is kept."""
    link.execute("TRUNCATE touched")
    if places:
        versions = [json.dumps(KINDS[number].versions) for _, _, number in places]
        rows = [row for row, _, _ in places]
        link.execute("INSERT INTO touched SELECT unnest($1), unnest($2)", [rows, versions])
    rows_of = f"read_parquet({text(str(path))}, file_row_number = true)"
    versions_of = """from_json(coalesce(versions, '[{}]'), '["MAP(VARCHAR, VARCHAR)"]')"""
    joined = f"{rows_of} LEFT JOIN touched ON rang = file_row_number"
    several = select(joined, {"v": f"unnest({versions_of})"}, more=True)
    clean = link.read_parquet(str(path))
    columns = {}
    for name, kind in zip(clean.columns, clean.types, strict=True):
        written = AS_TEXT.get(table, {}).get(name)
        given = f"v[{text(name)}]" if written else f"v[{text(name)}]::{kind}"
        kept = f"CASE WHEN map_contains(v, {text(name)}) THEN {given} ELSE {written or name} END"
        columns[name] = kept
    aside = path.with_suffix(".neuf")
    write(link, select(f"({several})", columns), aside)
    aside.replace(path)


def _listed(places: Sequence[tuple[int, str, int]]) -> Iterator[Fault]:
    """The faults of one table, whose rows come in order; each row added moves those that follow."""
    added = 0
    for row, dossier, number in places:
        kind = KINDS[number]
        key = kind.versions[kind.at].get("dossier", dossier)
        yield Fault(kind.name, key, kind.table, row + added + kind.at + 1, kind.field)
        added += len(kind.versions) - 1
