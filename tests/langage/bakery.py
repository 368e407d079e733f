"""A sound corpus about a bakery, which the tests load whole, complete or spoil."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from engine.evaluation.law import Folder, check_corpus, read_folder
from engine.langage.corpus import Corpus
from engine.source.diagnostics import Diagnostic

CORPUS = Path(__file__).parent / "corpus"
FOLDER = Folder(CORPUS / "regles", CORPUS / "schemas" / "dossier.v1.json", "regles")


@cache
def sound_files() -> Mapping[str, bytes]:
    contents, _, findings = read_folder(FOLDER)
    assert findings == ()
    return contents


def check(added: Mapping[str, str]) -> tuple[Corpus | None, tuple[Diagnostic, ...]]:
    """Load the sound corpus with the files of ``added`` besides, or in place of those so named."""
    contents = {**sound_files(), **{name: text.encode() for name, text in added.items()}}
    return check_corpus(FOLDER, contents, "sha256:essai")


def findings_of(added: Mapping[str, str]) -> tuple[Diagnostic, ...]:
    """What is found in a corpus: it loads when nothing is an error."""
    corpus, findings = check(added)
    assert (corpus is None) == any(found.severity == "erreur" for found in findings)
    return findings
