"""The engine does not know teachers: no word of the domain outside ``engine/dossiers``.

The words are those of the record's schema and of the rules, read at the time of the test. They are
looked for in identifiers and in texts; docstrings, which may give examples, are left out.
"""

from __future__ import annotations

import ast
import re
import unicodedata
from collections.abc import Iterator
from functools import cache

from tests.structure.depot import Module, engine_modules
from tests.structure.rule_data import declared_names, nomenclature_codes, record_names

# Words of the domain that no field, code or rule need bear.
ALWAYS = (
    "agrege",
    "certifie",
    "college",
    "cpge",
    "eleve",
    "eleves",
    "enseignant",
    "enseignants",
    "enseignement",
    "etablissement",
    "etablissements",
    "hsa",
    "hse",
    "imp",
    "isoe",
    "lycee",
    "ors",
    "pacte",
    "plp",
    "ponderation",
    "prof",
    "professeur",
    "professeurs",
    "quotite",
    "rectorat",
    "segpa",
    "tzr",
)

# Names of fields, codes or rules that are also words of any record, of any regulation or of the
# rule language (docs/langage.md), and say nothing of teachers.
NEUTRAL = {
    # the record and its date
    "annee",
    "date",
    "dossier",
    # any list, any line
    "autre",
    "code",
    "codes",
    "debut",
    "effectif",
    "fin",
    "groupe",
    "libelle",
    "mission",
    "niveau",
    "nombre",
    "parts",
    "principal",
    "texte",
    "total",
    "type",
    # keys and words of the rule language
    "choix",
    "fonction",
    "fonctions",
    "heures",
    "maximum",
    "minimum",
    "motif",
    "parallele",
    "plafond",
    "plancher",
    "statut",
    "table",
    "taux",
    "valeur",
    # plain words of messages
    "affectation",
    "anglais",
    "annuel",
    "commune",
    "complet",
    "division",
    "documentation",
    "incomplet",
    "jours",
    "partiel",
    "ses",
    "temporaire",
    "temps",
    "unique",
}


@cache
def words(text: str) -> str:
    """``text`` as plain words between spaces: no accent, no capital, underscores opened."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text)
    bare = unicodedata.normalize("NFKD", spaced.replace("œ", "oe")).encode("ascii", "ignore")
    return f" {' '.join(re.findall(r'[a-z0-9]+', bare.decode().lower()))} "


def domain_words() -> set[str]:
    names = {*ALWAYS, *record_names(), *nomenclature_codes(), *declared_names()} - NEUTRAL
    # A two-letter code such as AT or AI is also a word of every language.
    return {words(name) for name in names if len(name) >= 3} - {"  "}


def spoken(module: Module) -> Iterator[tuple[int, str]]:
    """Each identifier and each text of ``module`` with its line; no docstring, no comment."""
    docstrings = {
        id(node.value)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(module.tree):
        match node:
            case ast.Constant(value=str(text)) if id(node) not in docstrings:
                yield node.lineno, text
            case (
                ast.Name(id=name)
                | ast.Attribute(attr=name)
                | ast.arg(arg=name)
                | ast.keyword(arg=str(name))
                | ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
                | ast.ClassDef(name=name)
                | ast.MatchAs(name=str(name))
                | ast.MatchStar(name=str(name))
            ):
                yield node.lineno, name
            case ast.alias(name=name, asname=other):
                yield node.lineno, f"{name} {other or ''}"
            case _:
                pass


def findings(module: Module, domain: set[str]) -> Iterator[str]:
    first = {word.split()[0] for word in domain}
    for line, text in spoken(module):
        said = words(text)
        if first.isdisjoint(said.split()):
            continue
        for word in sorted(word for word in domain if word in said):
            yield f"{module.name}:{line}: « {word.strip()} » in {text!r}"


def test_the_engine_knows_no_word_of_the_domain() -> None:
    domain = domain_words()
    assert len(domain) >= 150
    proper = [module for module in engine_modules() if module.room != "dossiers"]
    assert len(proper) >= 10
    assert sum(1 for module in proper for _ in spoken(module)) >= 1000
    assert [finding for module in proper for finding in findings(module, domain)] == []


def test_a_module_is_not_named_after_the_domain() -> None:
    domain = domain_words()
    proper = [module.name for module in engine_modules() if module.room != "dossiers"]
    assert len(proper) >= 10
    assert [name for name in proper if any(word in words(name) for word in domain)] == []


def test_the_check_sees_a_word_in_a_name_and_in_a_text() -> None:
    source = '"""About hsa."""\nclass HsaRate:\n    label = "pondération"\n    plus_hsa = date\n'
    module = Module("engine.exemple", "cas", engine_modules()[0].path, ast.parse(source))
    assert len(list(findings(module, domain_words()))) == 3
