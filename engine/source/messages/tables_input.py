"""The sentences about the tables of a run: E120 to E135."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, TypeAlias

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.messages.hints import suggestion
from engine.source.positions import Span

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
    return say("E120", shown, nom=name, proches=suggestion(name, known, "tables connues"))


def mixed_formats(first: str, other: str, shown: str) -> Diagnostic:
    """E121: the tables of one folder are not all of one form."""
    return say("E121", shown, deux=(first, other))


def table_twice(kind: Twin, name: str, first: str, other: str, shown: str) -> Diagnostic:
    """E122: two files, sheets or tables of a database for one table."""
    return say("E122", shown, cas=kind, nom=name, deux=(first, other))


def no_root_table(name: str, shown: str) -> Diagnostic:
    """E123: the table of the records is not there."""
    return say("E123", shown, nom=name)


def damaged(kind: Damage, shown: str) -> Diagnostic:
    """E124: a file of tables that cannot be read."""
    return say("E124", shown, cas=kind)


def unknown_column(name: str, table: str, known: Sequence[str], shown: str) -> Diagnostic:
    """E125: a column that the table does not have."""
    return say(
        "E125",
        shown,
        table=table,
        nom=name,
        proches=suggestion(name, known, f"colonnes de « {table} »"),
    )


def missing_column(names: Sequence[str], table: str, shown: str) -> Diagnostic:
    """E126: columns without which no row of the table can be read."""
    return say(
        "E126", shown, cas="une" if len(names) == 1 else "plusieurs", noms=names, table=table
    )


def column_twice(field: str, names: Sequence[str], table: str, shown: str) -> Diagnostic:
    """E127: two columns that mean one field."""
    return say("E127", shown, table=table, champ=field, noms=names)


def unusable_type(name: str, kind: str, table: str, shown: str) -> Diagnostic:
    """E128: a column whose type holds no single value."""
    return say("E128", shown, nom=name, table=table, sorte=kind)


def uneven_row(row: int, expected: int, shown: str) -> Diagnostic:
    """E129: a row of a CSV file that does not have the columns of its header."""
    return say("E129", Span(shown, row, 1, row, 1), attendu=expected)


def unreadable_line(shown: str, row: int) -> Diagnostic:
    """E130: a line of a JSONL file that is no record."""
    return say("E130", Span(shown, row, 1, row, 1))


def not_in_the_base(kind: Outside, shown: str) -> Diagnostic:
    """E131: what a database shows is not all in its file, which alone is sealed."""
    return say("E131", shown, cas=kind)


def workbook_too_large(kind: Excess, what: str, shown: str) -> Diagnostic:
    """E132: a workbook that would take too much memory; ``what``: a cell, megabytes, characters."""
    return say("E132", shown, cas=kind, quoi=what)


def too_many_columns(count: int, most: int, shown: str) -> Diagnostic:
    """E135: a table with more columns than any table has: a cell lost far away, mostly."""
    return say("E135", shown, nombre=count, limite=most)


def unusable_path(shown: str) -> Diagnostic:
    """E133: a path that no pattern names to the database."""
    return say("E133", shown)


def named_column(name: str, table: str, shown: str) -> Diagnostic:
    """E134: the parts of a table lie in folders whose names tell one of its columns."""
    return say("E134", shown, table=table, nom=name)
