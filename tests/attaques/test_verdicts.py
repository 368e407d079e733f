"""One record, one verdict: whatever the command and the form of the file."""

from __future__ import annotations

from pathlib import Path

from tests.attaques.dossiers_mutes import disagreements, mutated

WANTED = ("heures_enseignement", "ponderation")


def test_spoiled_records_are_told_alike_alone_and_together(tmp_path: Path) -> None:
    path = tmp_path / "dossiers.jsonl"
    path.write_bytes(mutated(seed=13, count=300))
    wrong, counts = disagreements(path, tmp_path / "sortie", WANTED)
    assert wrong == []
    assert counts["calculés"] >= 50
    assert counts["lignes en faute"] >= 100
    assert len(counts) >= 12  # as many codes, less two
