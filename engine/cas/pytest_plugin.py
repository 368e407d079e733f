"""The pytest plug-in: each case and each property of ``cas_tests/`` is a test.

It says what ``reglo rejouer`` says, for it calls the same replay.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from engine.cas.case import Case, is_case_file, read_cases
from engine.cas.properties import Property, is_property_file, read_properties, run_property
from engine.cas.replay import Replay, replay
from engine.evaluation.law import Law, data_folder, load_law
from engine.source.diagnostics import Diagnostic
from engine.source.schema import load_schema

FOLDER = "cas_tests"


class CaseError(Exception):
    """A case that does not pass; its text is what differs."""


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.File | None:
    """Take the YAML files of ``cas_tests/``."""
    if FOLDER not in file_path.parts:
        return None
    if is_case_file(file_path):
        return CaseFile.from_parent(parent, path=file_path)
    if is_property_file(file_path):
        return PropertyFile.from_parent(parent, path=file_path)
    return None


class CaseFile(pytest.File):
    """One case file."""

    def collect(self) -> Iterator[pytest.Item]:
        """One test per case, and one per finding about the file."""
        schema = load_schema(data_folder("schemas") / "cas.v1.json")
        cases, findings = read_cases(self.path, _law().corpus, schema)
        for finding in findings:
            yield FindingItem.from_parent(self, name=str(finding.span), finding=finding)
        for case in cases:
            yield CaseItem.from_parent(self, name=case.name, case=case)


class CaseItem(pytest.Item):
    """One case."""

    def __init__(self, *, case: Case, **rest: object) -> None:
        super().__init__(**rest)  # type: ignore[arg-type]
        self.case = case

    def runtest(self) -> None:
        """Replay it."""
        found = replay(_law(), self.case)
        if found.differences:
            from engine.cas.second_opinion import with_faults

            (found,) = with_faults(_law(), Replay((found,), ())).replayed
            told = dict.fromkeys((*found.differences, *found.engine))
            raise CaseError("\n".join((f"échec ({found.fault})", *told)))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> str:  # type: ignore[override]
        """What differs, with the place of the case and its source."""
        if not isinstance(excinfo.value, CaseError):
            return str(excinfo.getrepr())
        source = self.case.source
        return f"{self.case.span}\n{excinfo.value}\nsource : {source.document}, {source.place}"

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the case is written."""
        return self.path, self.case.span.line - 1, self.name


class PropertyFile(pytest.File):
    """One file of properties."""

    def collect(self) -> Iterator[pytest.Item]:
        """One test per property, and one per finding about the file."""
        properties, findings = read_properties(self.path, _law())
        for finding in findings:
            yield FindingItem.from_parent(self, name=str(finding.span), finding=finding)
        for one in properties:
            yield PropertyItem.from_parent(self, name=one.name, law_between=one)


class PropertyItem(pytest.Item):
    """One property."""

    def __init__(self, *, law_between: Property, **rest: object) -> None:
        super().__init__(**rest)  # type: ignore[arg-type]
        self.law_between = law_between

    def runtest(self) -> None:
        """Draw its records."""
        findings = run_property(_law(), self.law_between).findings
        if findings:
            raise CaseError("\n".join(str(one) for one in findings))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> str:  # type: ignore[override]
        """What fails, and the smallest record that shows it."""
        shown = isinstance(excinfo.value, CaseError)
        return str(excinfo.value) if shown else str(excinfo.getrepr())

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the property is written."""
        return self.path, self.law_between.span.line - 1, self.name


class FindingItem(pytest.Item):
    """A finding about a case file: always a failure."""

    def __init__(self, *, finding: Diagnostic, **rest: object) -> None:
        super().__init__(**rest)  # type: ignore[arg-type]
        self.finding = finding

    def runtest(self) -> None:
        """Fail with the finding."""
        raise CaseError(str(self.finding))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> str:  # type: ignore[override]
        """The finding itself."""
        return str(excinfo.value)


@cache
def _loaded() -> tuple[Law | None, tuple[Diagnostic, ...]]:
    return load_law()


def _law() -> Law:
    law, findings = _loaded()
    if law is None:  # the same for every file: the run stops on the first one
        pytest.exit("\n".join(str(finding) for finding in findings), returncode=1)
    return law
