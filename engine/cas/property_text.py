"""A property that fails, as a case file: the smallest record found, before and after."""

from __future__ import annotations

from engine.cas.case_text import Written, case_file_text
from engine.cas.property_run import Failure, Verdict
from engine.evaluation.law import Law


def failure_name(verdict: Verdict) -> str:
    """The name of the file of a failure: its code, and where its property is."""
    span = verdict.property.span
    stem = span.file.rpartition("/")[2].rpartition(".")[0]
    return f"E561-{stem}-{span.line}.yaml"


def failure_text(verdict: Verdict, failure: Failure, law: Law) -> str:
    """One case for each variant, with what the rules give now: a person says which is wrong."""
    one = verdict.property
    cases = [
        Written(
            f"{one.name} : {variant}",
            one.source.document,
            one.source.place,
            record,
            {
                name: failure.values[f"{variant}.{name}"]
                for name in one.wanted[variant]
                if f"{variant}.{name}" in failure.values
            },
            one.variants[variant].readings,
        )
        for variant, record in failure.records.items()
        if record is not None
    ]
    comments = (
        f"La propriété « {one.name} » ({one.span.file}:{one.span.line}) est fausse de ce dossier.",
        "« attendu » est ce que les règles donnent aujourd'hui : corrigez d'après la source.",
    )
    return case_file_text(comments, cases, law.corpus)
