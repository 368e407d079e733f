"""A replay as JUnit XML, for continuous integration."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from engine.cas.properties import Verdicts
from engine.cas.replay import Replay
from engine.source.positions import Span

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
