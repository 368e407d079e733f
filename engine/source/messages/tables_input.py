"""The sentences about the tables of a run: E120 to E130."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, TypeAlias

from engine.source.diagnostics import Code, Diagnostic
from engine.source.messages.hints import quoted, suggestion
from engine.source.positions import Span, whole_file

Damage: TypeAlias = Literal["parquet", "duckdb", "xlsx", "csv", "other"]

_DAMAGED: Final = {
    "parquet": ("fichier Parquet illisible : tronqué, ou d'une autre sorte",
                "demandez de nouveau ce fichier, ou écrivez-le de nouveau"),
    "duckdb": ("base DuckDB illisible : une autre sorte de fichier, ou une base ouverte ailleurs",
               "fermez le programme qui l'ouvre, ou vérifiez le chemin"),
    "xlsx": ("classeur illisible : endommagé, protégé par un mot de passe, ou d'une autre sorte",
             "ouvrez-le dans un tableur et enregistrez-le de nouveau en .xlsx, sans mot de passe"),
    "csv": ("fichier CSV illisible", "vérifiez que la première ligne donne les noms des colonnes"),
    "other": ("ce fichier n'est d'aucune des sortes qui sont lues",
              "donnez un dossier de .parquet ou de .csv, une base .duckdb, un .xlsx ou un .jsonl"),
}  # fmt: skip


def unknown_table(name: str, known: Sequence[str], shown: str) -> Diagnostic:
    """E120: a table that the record does not have."""
    hints = suggestion(name, known, "tables connues")
    return Diagnostic(
        Code.UNKNOWN_TABLE, f"table inconnue : « {name} »", whole_file(shown), hints=hints
    )


def mixed_formats(first: str, other: str, shown: str) -> Diagnostic:
    """E121: the tables of one folder are not all of one form."""
    return Diagnostic(
        Code.MIXED_FORMATS,
        f"des fichiers de plusieurs sortes dans un même dossier : {quoted((first, other))}",
        whole_file(shown),
        hints=("gardez une seule sorte de fichiers : .parquet, .csv ou .jsonl",),
    )


def table_twice(name: str, first: str, other: str, shown: str) -> Diagnostic:
    """E122: two files for one table."""
    return Diagnostic(
        Code.TABLE_TWICE,
        f"deux fichiers pour la table « {name} » : {quoted((first, other))}",
        whole_file(shown),
        hints=("gardez-en un, ou réunissez-les dans un dossier du nom de la table",),
    )


def no_root_table(name: str, shown: str) -> Diagnostic:
    """E123: the table of the records is not there."""
    return Diagnostic(
        Code.NO_ROOT_TABLE,
        f"il manque la table « {name} », qui a une ligne par dossier",
        whole_file(shown),
        hints=(f"ajoutez {name}.parquet ou {name}.csv, ou vérifiez le chemin",),
    )


def damaged(kind: Damage, shown: str) -> Diagnostic:
    """E124: a file of tables that cannot be read."""
    message, hint = _DAMAGED[kind]
    return Diagnostic(Code.DAMAGED_TABLE, message, whole_file(shown), hints=(hint,))


def unknown_column(name: str, table: str, known: Sequence[str], shown: str) -> Diagnostic:
    """E125: a column that the table does not have."""
    hints = suggestion(name, known, f"colonnes de « {table} »")
    return Diagnostic(
        Code.UNKNOWN_COLUMN,
        f"colonne inconnue dans « {table} » : « {name} »",
        whole_file(shown),
        hints=hints,
    )


def missing_column(names: Sequence[str], table: str, shown: str) -> Diagnostic:
    """E126: columns without which no row of the table can be read."""
    which = "la colonne" if len(names) == 1 else "les colonnes"
    return Diagnostic(
        Code.MISSING_COLUMN,
        f"il manque {which} {quoted(names)} dans « {table} »",
        whole_file(shown),
        hints=("ajoutez-la" if len(names) == 1 else "ajoutez-les",),
    )


def column_twice(field: str, names: Sequence[str], table: str, shown: str) -> Diagnostic:
    """E127: two columns that mean one field."""
    return Diagnostic(
        Code.COLUMN_TWICE,
        f"plusieurs colonnes de « {table} » disent « {field} » : {quoted(names)}",
        whole_file(shown),
        hints=("gardez-en une",),
    )


def unusable_type(name: str, kind: str, table: str, shown: str) -> Diagnostic:
    """E128: a column whose type holds no single value."""
    return Diagnostic(
        Code.UNUSABLE_TYPE,
        f"la colonne « {name} » de « {table} » est de type {kind} : ce n'est pas une valeur simple",
        whole_file(shown),
        hints=("écrivez une table à part, avec une ligne par élément",),
    )


def uneven_row(row: int, expected: int, shown: str) -> Diagnostic:
    """E129: a row of a CSV file that does not have the columns of its header."""
    return Diagnostic(
        Code.UNEVEN_ROW,
        f"cette ligne n'a pas les {expected} colonnes de l'en-tête, ou un guillemet reste ouvert",
        Span(shown, row, 1, row, 1),
        hints=("vérifiez les séparateurs et les guillemets de la ligne",),
    )


def unreadable_line(shown: str, row: int) -> Diagnostic:
    """E130: a line of a JSONL file that is no record."""
    return Diagnostic(
        Code.UNREADABLE_LINE,
        "cette ligne n'est pas un dossier en JSON",
        Span(shown, row, 1, row, 1),
        hints=("écrivez un dossier entier par ligne, entre accolades",),
    )
