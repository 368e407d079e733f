"""Findings go in; what forges show on the lines of a merge request comes out: SARIF, Code Quality.

A finding keeps its fingerprint when the lines above it move: it is made of its file, its code and
its sentence, and of how many times the same was said before it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence

from engine import __version__
from engine.source.diagnostics import Diagnostic

SARIF = "2.1.0"


def to_sarif(findings: Sequence[Diagnostic]) -> dict[str, object]:
    """The findings as a SARIF log (GitHub, Azure DevOps, editors)."""
    codes = sorted({str(found.code) for found in findings})
    rules = [{"id": code, "defaultConfiguration": {"level": _level(code)}} for code in codes]
    driver = {"name": "reglo", "version": __version__, "language": "fr", "rules": rules}
    pairs = zip(findings, _fingerprints(findings), strict=True)
    return {
        "version": SARIF,
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "results": [_result(found, mark, codes) for found, mark in pairs],
            }
        ],
    }


def to_code_quality(findings: Sequence[Diagnostic]) -> list[dict[str, object]]:
    """The findings as a Code Quality report (GitLab)."""
    pairs = zip(findings, _fingerprints(findings), strict=True)
    return [
        {
            "description": _text(found),
            "check_name": str(found.code),
            "fingerprint": mark,
            "severity": "minor" if found.severity == "avertissement" else "major",
            "location": {"path": found.span.file, "lines": {"begin": found.span.line}},
        }
        for found, mark in pairs
    ]


def _result(found: Diagnostic, mark: str, codes: Sequence[str]) -> dict[str, object]:
    span = found.span
    region = {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }
    place = {"artifactLocation": {"uri": span.file}, "region": region}
    return {
        "ruleId": str(found.code),
        "ruleIndex": codes.index(str(found.code)),
        "level": _level(str(found.code)),
        "message": {"text": _text(found)},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"reglo/v1": mark},
    }


def _level(code: str) -> str:
    return "warning" if code.startswith("W") else "error"


def _text(found: Diagnostic) -> str:
    return "\n".join((found.message, *(f"conseil : {hint}" for hint in found.hints)))


def _fingerprints(findings: Sequence[Diagnostic]) -> Iterator[str]:
    before: Counter[tuple[str, str, str]] = Counter()
    for found in findings:
        said = (found.span.file, str(found.code), found.message)
        before[said] += 1
        yield hashlib.sha256("\0".join((*said, str(before[said]))).encode()).hexdigest()
