"""Vocabularies: what a record may say is what its nomenclature lists, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from engine.langage.inputs import Field, RecordModel
from engine.langage.symbols import Symbols
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic


def check_vocabularies(symbols: Symbols) -> list[Diagnostic]:
    """E213 for each code that the schema of the record and a nomenclature do not both have."""
    found: dict[tuple[str, str], Diagnostic] = {}
    for field in _fields(symbols.model):
        known = symbols.nomenclatures.get(field.vocabulary or "")
        if known is None:
            continue
        listed = {term.code for term in known.terms}
        for term in known.terms:
            if term.code not in field.codes:
                key = known.name, term.code
                found.setdefault(
                    key,
                    say("E213", term.span, cas="schema", code=term.code),
                )
        for code in field.codes:
            if code not in listed:
                key = known.name, code
                found.setdefault(
                    key, say("E213", known.span, cas="regles", code=code, nomenclature=known.name)
                )
    return list(found.values())


def _fields(model: RecordModel) -> Iterator[Field]:
    yield from model.fields
    for collection in model.collections:
        yield from collection.fields
