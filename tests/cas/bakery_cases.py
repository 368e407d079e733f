"""Cases about the bakery, written by the tests that look at what cases protect."""

from __future__ import annotations

from pathlib import Path

from engine.cas.case import Case, read_cases
from engine.evaluation.law import Law, data_folder
from engine.source.schema import load_schema

CASE = """\
  - nom: {name}
    source: {{document: j1, reperage: "p. 1"}}
    nature: construite
    dossier:
      livree_le: {day}
      client: {{categorie: particulier}}
      fournees: [{{produit: pain, quantite: {quantity}}}]
    attendu: {{{expected}}}
"""


def case(
    quantity: int, expected: str, *, day: str = "2024-05-02", name: str = "Un cas", more: str = ""
) -> str:
    """A case: one batch of bread, what it must give, and further keys of the case."""
    return CASE.format(name=name, day=day, quantity=quantity, expected=expected) + more


def cases(folder: Path, law: Law, *written: str) -> tuple[Case, ...]:
    """The cases, read as the command reads them."""
    if not written:
        return ()
    path = folder / "cas.yaml"
    path.write_text("cas:\n" + "".join(written), encoding="utf-8")
    schema = load_schema(data_folder("schemas") / "cas.v1.json")
    found, findings = read_cases(path, law.corpus, schema)
    assert findings == (), findings
    return found
