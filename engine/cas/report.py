"""What the cases protect, told: how much, and a page that shows each point; faults; JUnit XML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final, Literal
from xml.etree import ElementTree as ET

from engine.cas.coverage import Coverage, Covered
from engine.cas.mutation import Mutation
from engine.cas.properties import Verdicts
from engine.cas.replay import Replay
from engine.evaluation.show import counted, french, key_words
from engine.evaluation.trace import NodePlace, row_place
from engine.langage.corpus import Corpus
from engine.langage.kernel import Missing
from engine.reponse.report import (
    Block,
    Depth,
    Heading,
    ListColumn,
    Listing,
    Report,
    Sentence,
    Shown,
)
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.positions import Span

_NAMED: Final = 12  # cases told of a point
_DEPTHS: Final[tuple[Depth, ...]] = ("c0", "c1", "c2", "c3", "c4", "c5")  # by number of cases
_POINTS: Final = (
    ListColumn("objet", None),
    ListColumn("regle", "Règle", "code"),
    ListColumn("depuis", "Version du", "code"),
    ListColumn("branche", "Branche"),
    ListColumn("fichier", None),
    ListColumn("ligne", None),
    ListColumn("colonne", None),
    ListColumn("cas", None),
    ListColumn("", "Lieu", "code"),
    ListColumn("", "Cas", "count"),
)
_SURVIVORS: Final = tuple(
    ListColumn(key, None)
    for key in (
        "nature",
        "regle",
        "depuis",
        "ecrit",
        "faute",
        "rang",
        "fichier",
        "ligne",
        "colonne",
    )
)
_HOLDERS: Final = {"regle": "règles", "table": "lignes de tables", "controle": "contrôles"}


def missed_points(coverage: Coverage) -> tuple[Diagnostic, ...]:
    """W631 for each point that no case goes through, in the order of the corpus."""
    return tuple(
        say("W631", one.span, quoi=one.what, proprietaire=one.place.owner, depuis=one.place.since)
        for one in coverage.missed
    )


def floor(
    what: Literal["points", "fautes"], missed: int, allowed: int, span: Span
) -> tuple[Diagnostic, ...]:
    """E592 when less is protected than asked, W632 when more is."""
    if missed > allowed:
        return (say("E592", span, cas=what, manques=missed, admis=allowed),)
    return (say("W632", span, cas=what, manques=missed, admis=allowed),) if missed < allowed else ()


def coverage_words(coverage: Coverage) -> str:
    """One sentence per kind of declaration, then the whole."""
    lines = []
    for holder, name in _HOLDERS.items():
        found = [one for one in coverage.points if one.point.place.holder == holder]
        seen = sum(bool(one.by) for one in found)
        lines.append(f"  {name} : {seen} points sur {len(found)}{_share(seen, len(found))}")
    total = len(coverage.points)
    share = _share(coverage.count, total)
    whole = f"Couverture : {coverage.count} points de la loi sur {total}{share}"
    return "\n".join([whole, *lines])


def _share(part: int, whole: int) -> str:
    """« , 90,8 % », rounded down: a hundred means all of them."""
    if not whole:
        return ""
    tenths = part * 1000 // whole
    return f", {tenths // 10},{tenths % 10} %"


def coverage_report(corpus: Corpus, coverage: Coverage) -> Report:
    """The page: each point, and each cell of a table, is coloured by the cases that go through it.

    Its JSON is the object of ``--couverture --format json``.
    """
    seen, total = coverage.count, len(coverage.points)
    told = (
        f"{coverage.cases} cas et lignes publiées ; {seen} points sur {total} ; "
        f"règles {corpus.digest}.\n"
        "Une case rouge n'est lue par aucun cas ; une verte l'est d'autant plus qu'elle est foncée."
    )
    every = Listing("", _POINTS, [_row(one) for one in coverage.points])
    data = {"cas": coverage.cases, "points": total, "couverts": seen, "detail": every.json()}
    parts: list[Block] = [Sentence(told), Heading("Règles et contrôles")]
    parts += _of_rules(coverage)
    parts.append(Heading("Tables"))
    parts += _of_tables(corpus, {one.point.place: one for one in coverage.points})
    return Report("Couverture de la loi par les cas", parts, data)


def _row(covered: Covered) -> Sequence[object]:
    point, span = covered.point, covered.point.span
    place = f"{span.file}:{span.line}"
    where = (point.place.holder, point.place.owner, point.place.since, point.what)
    return (*where, span.file, span.line, span.column, list(covered.by), place, _count(covered))


def _of_rules(coverage: Coverage) -> Iterator[Listing]:
    others = [one for one in coverage.points if one.point.place.holder != "table"]
    by_text = sorted(others, key=lambda one: one.point.text)
    for text, group in groupby(by_text, key=lambda one: one.point.text):
        found = list(group)
        seen = sum(bool(one.by) for one in found)
        title = f"{text} : {seen} points sur {len(found)}"
        yield Listing(title, _POINTS, [_row(one) for one in found], folded=True)


def _of_tables(corpus: Corpus, seen: Mapping[NodePlace, Covered]) -> Iterator[Listing]:
    for table in corpus.tables.values():
        for version in table.versions:
            places = [row_place(table, version, rank) for rank in range(len(version.rows))]
            if not any(place in seen for place in places):
                continue
            heads = [ListColumn("", column.name) for column in table.columns]
            heads.append(ListColumn("", table.unit or table.kind, "number"))
            rows = [
                (
                    *(
                        key_words(corpus, *one)
                        for one in zip(table.columns, row.cells, strict=True)
                    ),
                    _count(
                        seen[place],
                        "non calculable" if isinstance(row.value, Missing) else french(row.value),
                    ),
                    len(seen[place].by),
                )
                for place, row in zip(places, version.rows, strict=True)
            ]
            since, span = version.period.since, version.span
            title = f"{table.label} ({table.text}), depuis le {since}"
            columns = (*heads, ListColumn("", "Cas", "count"))
            yield Listing(title, columns, rows, notes=[f"{span.file}:{span.line}"])


def _count(covered: Covered, words: str | None = None) -> Shown:
    """A cell by how many cases go through it, the first ones named beside it."""
    named = ", ".join(covered.by[:_NAMED]) or "aucun cas"
    more = " …" if len(covered.by) > _NAMED else ""
    return Shown(
        len(covered.by), words, _DEPTHS[min(len(covered.by), len(_DEPTHS) - 1)], named + more
    )


def mutation_report(mutation: Mutation) -> Report:
    """How many mistakes were tried, seen, admitted, and how many nothing sees: each in JSON."""
    tried = sum(mutation.tried.values())
    seen = tried - len(mutation.survivors) - len(mutation.admitted)
    kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(mutation.tried.items()))
    by_kind = f" ({kinds})" if kinds else ""
    admitted = f", {counted(len(mutation.admitted), 'admise')}" if mutation.admitted else ""
    told = (
        f"{counted(tried, 'faute essayée', 'fautes essayées')}{by_kind} : "
        f"{counted(seen, 'vue')}{admitted}, {len(mutation.survivors)} que rien ne voit"
    )
    rows = []
    for one in mutation.survivors:
        change = (one.kind, one.owner, one.since, one.before, one.after, one.rank)
        rows.append((*change, one.span.file, one.span.line, one.span.column))
    data = {
        "essayees": tried,
        "par_nature": dict(mutation.tried),
        "admises": len(mutation.admitted),
        "survivantes": Listing("", _SURVIVORS, rows).json(),
        "constats": [one.to_json() for one in (*mutation.findings, *mutation.stale)],
    }
    return Report("Les fautes que les cas voient", [Sentence(told)], data)


_NOT_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_junit(replay: Replay, verdicts: Verdicts | None = None) -> str:
    """One ``testcase`` per case and per property, grouped by file.

    A question of law is a ``failure``; a bug, or what is wrong with a file, is an ``error``.
    """
    judged = () if verdicts is None else verdicts.found
    findings = (*replay.findings, *(() if verdicts is None else verdicts.wrong))
    suites = ET.Element("testsuites", name="reglo rejouer")
    spans = [
        *(one.case.span for one in replay.replayed),
        *(one.property.span for one in judged),
        *(one.span for one in findings),
    ]
    for file in dict.fromkeys(one.file for one in spans):
        suite = ET.SubElement(suites, "testsuite", name=file)
        for one in replay.replayed:
            if one.case.span.file == file:
                test = _test(suite, one.case.name, one.case.span)
                if one.differences:
                    kind = "error" if one.fault == "moteur" else "failure"
                    first = one.differences[0]
                    failure = ET.SubElement(test, kind, type=one.fault or "", message=first)
                    failure.text = "\n".join(dict.fromkeys((*one.differences, *one.engine)))
        for verdict in judged:
            if verdict.property.span.file == file:
                test = _test(suite, verdict.property.name, verdict.property.span)
                for finding in verdict.findings:
                    failure = ET.SubElement(
                        test, "failure", type="propriete", message=finding.message
                    )
                    failure.text = str(finding)
        for finding in findings:
            if finding.span.file == file:
                test = ET.SubElement(suite, "testcase", classname=file, name=finding.code)
                ET.SubElement(test, "error", message=finding.message).text = str(finding)
        suite.set("tests", str(len(suite)))
        for kind in ("failure", "error"):
            suite.set(f"{kind}s", str(sum(1 for _ in suite.iter(kind))))
    for element in suites.iter():
        element.text = element.text and _NOT_XML.sub("?", element.text)
        element.attrib.update({key: _NOT_XML.sub("?", text) for key, text in element.items()})
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _test(suite: ET.Element, name: str, span: Span) -> ET.Element:
    place = {"classname": span.file, "file": span.file, "line": str(span.line)}
    return ET.SubElement(suite, "testcase", name=name, attrib=place)
