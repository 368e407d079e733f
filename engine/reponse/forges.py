"""Findings for forges: SARIF 2.1.0, and the code quality report that GitLab shows line by line."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from engine import __version__
from engine.source.catalogue import entry
from engine.source.diagnostics import Diagnostic
from engine.source.positions import Span

SARIF = "2.1.0"


def to_sarif(findings: Sequence[Diagnostic]) -> dict[str, object]:
    """The findings as SARIF, paths relative to the current folder, columns in characters."""
    codes = sorted({found.code for found in findings})
    driver = {
        "name": "reglo",
        "version": __version__,
        "rules": [_rule(code) for code in codes],
    }
    marks = fingerprints(findings)
    results = [
        _result(found, codes.index(found.code), mark)
        for found, mark in zip(findings, marks, strict=True)
    ]
    run = {
        "tool": {"driver": driver},
        "language": "fr",
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return {
        "version": SARIF,
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "runs": [run],
    }


def to_gitlab(findings: Sequence[Diagnostic]) -> list[dict[str, object]]:
    """The findings as GitLab reads them under ``artifacts:reports:codequality``."""
    return [
        {
            "description": _text(found),
            "check_name": found.code,
            "fingerprint": mark,
            "severity": "minor" if found.severity == "avertissement" else "major",
            "location": {"path": relative(found.span.file), "lines": {"begin": found.span.line}},
        }
        for found, mark in zip(findings, fingerprints(findings), strict=True)
    ]


def fingerprints(findings: Sequence[Diagnostic]) -> list[str]:
    """What tells each finding from the others and stays when lines move above it.

    Its code, its file and its sentence; and its rank among those that share all three.
    """
    met: dict[str, int] = {}
    marks = []
    for found in findings:
        what = f"{found.code}\0{relative(found.span.file)}\0{found.message}"
        met[what] = met.get(what, 0) + 1
        marks.append(hashlib.sha256(f"{what}\0{met[what]}".encode()).hexdigest())
    return marks


def relative(file: str) -> str:
    """A path from the current folder when it lies there, with forward slashes."""
    path = Path(file)
    if path.is_absolute() and path.is_relative_to(Path.cwd()):
        path = path.relative_to(Path.cwd())
    return path.as_posix()


def _rule(code: str) -> dict[str, object]:
    title = entry(code).titre
    return {
        "id": code,
        "shortDescription": {"text": title},
        "help": {"text": f"{title} : voir docs/codes.md, {code}"},
    }


def _result(finding: Diagnostic, rule: int, mark: str) -> dict[str, object]:
    related = [
        {"physicalLocation": _place(span), "message": {"text": words}}
        for span, words in finding.labels
    ]
    return {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": "warning" if finding.severity == "avertissement" else "error",
        "message": {"text": _text(finding)},
        "locations": [{"physicalLocation": _place(finding.span)}],
        **({"relatedLocations": related} if related else {}),
        "partialFingerprints": {"reglo/v1": mark},
    }


def _text(finding: Diagnostic) -> str:
    return "\n".join((finding.message, *(f"conseil : {hint}" for hint in finding.hints)))


def _place(span: Span) -> dict[str, object]:
    return {
        "artifactLocation": {"uri": quote(relative(span.file))},
        "region": {
            "startLine": span.line,
            "startColumn": span.column,
            "endLine": span.end_line,
            "endColumn": span.end_column,
        },
    }
