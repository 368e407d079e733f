"""Every code has its entry, its call, its section of docs/codes.md and its faulty example."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from string import Formatter

from engine.source.catalogue import CatalogueEntry, codes, entry
from tests.structure.depot import ROOT, Module, engine_modules

PAGE = ROOT / "docs" / "codes.md"


def said() -> Iterator[tuple[Module, ast.Call]]:
    """Every call of ``say`` in the engine."""
    for module in engine_modules():
        for node in ast.walk(module.tree):
            match node:
                case ast.Call(func=ast.Name(id="say"), args=[ast.Constant(), *_]):
                    yield module, node
                case _:
                    pass


def code_of(call: ast.Call) -> str:
    match call.args[0]:
        case ast.Constant(value=str(code)):
            return code
        case other:
            raise AssertionError(ast.unparse(other))


def cases(node: ast.expr | None, known: CatalogueEntry) -> set[str]:
    """The variants that an argument ``cas=`` may choose; all of them when it is computed."""
    match node:
        case None:
            return set()
        case ast.Constant(value=str(name)):
            return {name}
        case ast.IfExp(body=body, orelse=orelse):
            return cases(body, known) | cases(orelse, known)
        case _:
            return {*known.cas}


def places(known: CatalogueEntry, chosen: set[str]) -> set[str]:
    """The places that the sentence, its advice and its labels name, ``fichier`` aside."""
    texts = [known.phrase, *known.conseils, *known.lieux]
    texts += [text for name in chosen for text in known.cas[name]]
    named = {name for text in texts for _, name, _, _ in Formatter().parse(text) if name}
    return named - {"fichier", "cas"}


def mistakes(call: ast.Call) -> Iterator[str]:
    """What a call and its entry do not agree about."""
    known = entry(code_of(call))
    given = {word.arg: word.value for word in call.keywords}
    cas = given.pop("cas", None)
    chosen = cases(cas, known)
    if bool(known.cas) != bool(cas) or not chosen <= {*known.cas}:
        yield f"cas: {sorted(chosen)}, {sorted(known.cas)}"
    elif {*given} != places(known, chosen):
        yield f"places: {sorted(map(str, given))}, {sorted(places(known, chosen))}"
    others = [one for one in call.args[2:] if not isinstance(one, ast.Tuple)]
    if known.lieux and not any(isinstance(one, ast.Starred) for one in others):
        if len(others) != len(known.lieux):
            yield f"lieux: {len(others)}, {len(known.lieux)}"
    elif not known.lieux and any(not isinstance(one, ast.Starred) for one in others):
        yield "lieux: its entry has none"


def test_every_call_says_what_its_entry_names() -> None:
    calls = [*said()]
    assert len(calls) >= 200
    assert [f"{one.at(call)} {code_of(call)} {wrong}" for one, call in calls
            for wrong in mistakes(call)] == []  # fmt: skip


def test_every_entry_is_said_and_each_of_its_variants() -> None:
    used: dict[str, set[str]] = {}
    for _, call in said():
        known = entry(code_of(call))
        cas = next((word.value for word in call.keywords if word.arg == "cas"), None)
        used.setdefault(code_of(call), set()).update(cases(cas, known))
    assert used == {code: {*entry(code).cas} for code in codes()}


def test_a_finding_is_built_only_from_the_catalogue() -> None:
    strays = [
        module.at(node)
        for module in engine_modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Diagnostic")
        and module.name != "engine.source.catalogue"
    ]  # fmt: skip
    assert strays == []


def test_a_code_is_a_letter_and_three_digits_used_once() -> None:
    text = (ROOT / "engine" / "source" / "catalogue.yaml").read_text(encoding="utf-8")
    written = re.findall(r"^(\w+):", text, re.MULTILINE)
    assert written == list(codes())
    assert len(written) == len({*written}) >= 40
    assert [code for code in written if not re.fullmatch(r"[EW][1-6]\d\d", code)] == []


def test_every_code_written_in_the_engine_has_an_entry() -> None:
    words = {
        node.value
        for module in engine_modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        and re.fullmatch(r"[EW]\d{3}", node.value)
    }  # fmt: skip
    assert words >= {*codes()}
    assert sorted(words - {*codes()}) == []


def test_the_page_has_the_titles_of_the_catalogue_in_its_order() -> None:
    text = PAGE.read_text(encoding="utf-8")
    headings = re.findall(r"^### (.+)$", text, re.MULTILINE)
    assert headings == [f"{code} : {entry(code).titre}" for code in codes()]
    assert sorted({*re.findall(r"\b[EW]\d{3}\b", text)} - {*codes()}) == []


def test_every_code_is_shown_by_a_faulty_example() -> None:
    paths = [
        path
        for path in (ROOT / "tests").rglob("*")
        if path.suffix in {".py", ".yaml", ".yml", ".json", ".txt"}
        and path.parent.name != "structure"
    ]
    assert len(paths) >= 5
    words = {
        word
        for path in paths
        for word in re.findall(r"\b[EW]\d{3}\b", path.read_text(encoding="utf-8"))
    }
    assert sorted({*codes()} - words) == []
