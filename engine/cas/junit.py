"""A replay as JUnit XML, for continuous integration."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from engine.cas.replay import Replay

_NOT_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_junit(replay: Replay) -> str:
    """One ``testcase`` per case, grouped by file.

    A question of law is a ``failure``; a bug, or what is wrong with a file, is an ``error``.
    """
    suites = ET.Element("testsuites", name="reglo rejouer")
    files = dict.fromkeys(one.case.span.file for one in replay.replayed)
    files |= dict.fromkeys(one.span.file for one in replay.findings)
    for file in files:
        cases = [one for one in replay.replayed if one.case.span.file == file]
        findings = [one for one in replay.findings if one.span.file == file]
        suite = ET.SubElement(
            suites,
            "testsuite",
            name=file,
            tests=str(len(cases) + len(findings)),
            failures=str(sum(one.fault == "droit" for one in cases)),
            errors=str(sum(one.fault == "moteur" for one in cases) + len(findings)),
        )
        for one in cases:
            line = str(one.case.span.line)
            case = ET.SubElement(
                suite, "testcase", classname=file, name=one.case.name, file=file, line=line
            )
            if one.differences:
                kind = "error" if one.fault == "moteur" else "failure"
                failure = ET.SubElement(
                    case, kind, type=one.fault or "", message=one.differences[0]
                )
                failure.text = "\n".join(dict.fromkeys((*one.differences, *one.engine)))
        for finding in findings:
            case = ET.SubElement(suite, "testcase", classname=file, name=str(finding.code))
            error = ET.SubElement(case, "error", message=finding.message)
            error.text = str(finding)
    for element in suites.iter():
        element.text = element.text and _NOT_XML.sub("?", element.text)
        element.attrib.update({key: _NOT_XML.sub("?", text) for key, text in element.items()})
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"
