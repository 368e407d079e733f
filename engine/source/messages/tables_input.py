"""The sentences about the tables of a run: E120 to E135."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, TypeAlias

from engine.source.diagnostics import Code, Diagnostic
from engine.source.messages.hints import quoted, suggestion
from engine.source.positions import Span, whole_file

Damage: TypeAlias = Literal["parquet", "duckdb", "xlsx", "csv", "other"]
Twin: TypeAlias = Literal["files", "sheets", "tables"]
Outside: TypeAlias = Literal["view", "generated", "log"]
Excess: TypeAlias = Literal["cells", "unpacked", "texts"]

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
_TWINS: Final[dict[Twin, tuple[str, str]]] = {
    "files": ("deux fichiers", "gardez-en un, ou réunissez-les dans un dossier du nom de la table"),
    "sheets": ("deux feuilles", "gardez-en une : les espaces et les majuscules ne comptent pas"),
    "tables": ("deux tables de la base", "gardez-en une : les espaces ne comptent pas"),
}
_OUTSIDE: Final[dict[Outside, tuple[str, str]]] = {
    "view": ("c'est une vue : ce qu'elle montre n'est pas dans la base",
             "faites-en une table : CREATE TABLE … AS FROM …"),
    "generated": ("une de ses colonnes est calculée : elle n'est pas dans la base",
                  "faites-en une table simple : CREATE TABLE … AS FROM …"),
    "log": ("des changements attendent à côté de la base, dans un fichier « .wal »",
            "ouvrez la base, exécutez CHECKPOINT, puis fermez-la"),
}  # fmt: skip
_EXCESS: Final[dict[Excess, tuple[str, str]]] = {
    "cells": ("une cellule est écrite en {}, loin de A1 : la feuille serait trop grande",
              "effacez les lignes et les colonnes qui ne servent pas, puis enregistrez"),
    "unpacked": ("ce classeur, une fois décompressé, prendrait plus de {} Mo",
                 "enregistrez ses feuilles en .csv"),
    "texts": ("ce classeur répète trop de fois un texte de {} caractères",
              "effacez ce texte, ou enregistrez les feuilles en .csv"),
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


def table_twice(kind: Twin, name: str, first: str, other: str, shown: str) -> Diagnostic:
    """E122: two files, sheets or tables of a database for one table."""
    which, hint = _TWINS[kind]
    return Diagnostic(
        Code.TABLE_TWICE,
        f"{which} pour la table « {name} » : {quoted((first, other))}",
        whole_file(shown),
        hints=(hint,),
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


def not_in_the_base(kind: Outside, shown: str) -> Diagnostic:
    """E131: what a database shows is not all in its file, which alone is sealed."""
    message, hint = _OUTSIDE[kind]
    return Diagnostic(Code.NOT_IN_THE_BASE, message, whole_file(shown), hints=(hint,))


def workbook_too_large(kind: Excess, what: str, shown: str) -> Diagnostic:
    """E132: a workbook that would take too much memory; ``what``: a cell, megabytes, characters."""
    message, hint = _EXCESS[kind]
    return Diagnostic(
        Code.WORKBOOK_TOO_LARGE, message.format(what), whole_file(shown), hints=(hint,)
    )


def too_many_columns(count: int, most: int, shown: str) -> Diagnostic:
    """E135: a table with more columns than any table has: a cell lost far away, mostly."""
    return Diagnostic(
        Code.TOO_MANY_COLUMNS,
        f"{count} colonnes : une table n'en a jamais plus de {most}",
        whole_file(shown),
        hints=("effacez les colonnes qui ne servent pas ; une cellule perdue suffit à les faire",),
    )


def unusable_path(shown: str) -> Diagnostic:
    """E133: a path that no pattern names to the database."""
    return Diagnostic(
        Code.UNUSABLE_PATH,
        "DuckDB ne peut pas lire ce chemin : il a un « \\ » et un « [ », « * » ou « ? », "
        "un « \\ » avant une base, ou n'est pas en UTF-8",
        whole_file(shown),
        hints=("renommez ce fichier ou ce dossier",),
    )


def named_column(name: str, table: str, shown: str) -> Diagnostic:
    """E134: the parts of a table lie in folders whose names tell one of its columns."""
    return Diagnostic(
        Code.NAMED_COLUMN,
        f"une colonne de « {table} » n'est écrite que dans un nom de dossier : « {name} »",
        whole_file(shown),
        hints=("écrivez la table sans la partager, cette colonne dans les fichiers",),
    )
