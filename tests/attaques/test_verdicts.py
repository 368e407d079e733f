"""One record, one verdict: whatever the command and the form of the file."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pytest

from engine.langage.inputs import Collection, Field, RecordModel
from engine.sql.duck import connect
from engine.sql.inputs.jsonl import plain_test, read_jsonl
from engine.sql.inputs.open import open_inputs
from tests.attaques import tables_tirees
from tests.attaques.dossiers_mutes import disagreements, mutated, said_alone
from tests.attaques.tables_tirees import FORMS
from tests.sql.tables import law

DAY = date(2024, 10, 1)
SOUND = {
    "dossier": "D-1",
    "date": "2024-10-01",
    "agent": {"corps": "certifie", "quotite": 1},
    "services": [{"heures": 18.5, "niveau": "troisieme"}],
}


def line(**changed: object) -> str:
    return json.dumps({**SOUND, **changed}, ensure_ascii=False)


def raw(text: str, written: str) -> str:
    """The sound record, ``text`` of it written otherwise."""
    found = line()
    assert text in found
    return found.replace(text, written)


# Each line with the codes that both commands say of it; None when it is computed.
LINES: dict[str, tuple[str, tuple[str, ...] | None]] = {
    "plain": (line(), None),
    "an empty number": (raw('"quotite": 1', '"quotite": ""'), ("E501",)),
    "seventeen decimals": (raw("18.5", "18.00000000000000001"), ("E107",)),
    "twenty-six digits": (raw("18.5", "18.000000000000000000000001"), ("E107",)),
    "an exponent": (raw("18.5", "1e1"), ("E501",)),
    "a comma too many in a list": (raw("}]", "},]"), ("E119",)),
    "a comma too many in a group": (raw("1}", "1,}"), ("E119",)),
    "not a number": (raw("18.5", "NaN"), ("E119",)),
    "an empty code": (raw('"troisieme"', '""'), ("E106",)),
    "a French date": (raw("2024-10-01", "01/10/2024"), ("E108",)),
    "a French truth": (raw('"quotite": 1', '"tzr": "oui"'), ("E105",)),
    "an identifier with an exponent": (raw('"D-1"', "1e3"), None),
    "an identifier that is a whole number": (raw('"D-1"', "100"), None),
    "an identifier with decimals": (raw('"D-1"', "100.0"), ("E105",)),
    "an identifier with a space after": (raw('"D-1"', '"D-1 "'), ("E108",)),
    "an identifier with a zero": (raw('"D-1"', '"D\\u0000"'), ("E108",)),
    "an identifier that is too long": (line(dossier="D" * 201), ("E107",)),
    "no identifier": (raw('"dossier": "D-1", ', ""), ("E104",)),
    "a list of one": (f"[{line()}]", None),
    "an empty list": ("[]", ("E130",)),
    "a key twice": (raw('"quotite": 1', '"quotite": 1, "quotite": 1'), ("E102",)),
    "a key twice, once escaped": (
        raw('"quotite": 1', '"quotite": 1, "\\u0071uotite": 1'),
        ("E102",),
    ),
    "a key twice in an item": (raw("18.5", '18.5, "heures": 18.5'), ("E102",)),
    "more items than there may be": (line(services=SOUND["services"] * 65), ("E107",)),  # type: ignore[operator]
    "hours and minutes": (raw("18.5", '"18 h 20"'), None),
    "an empty label": (raw("18.5", '18.5, "division": ""'), None),
    "a decimal number of pupils": (raw("18.5", '18.5, "effectif": 20.5'), ("E105",)),
}


def test_a_line_is_accepted_or_refused_alike_by_both_commands(tmp_path: Path) -> None:
    """All in one file, each under a name of its own unless its name is what is wrong."""
    path = tmp_path / "dossiers.jsonl"
    texts = [
        written.replace('"D-1"', f'"D-{at}"') for at, (written, _) in enumerate(LINES.values(), 1)
    ]
    path.write_text("\n".join(texts), encoding="utf-8")
    alone = said_alone(path, computed=False)
    said = {
        name: sorted({code for code, _ in alone.refused.get(at, ())})
        for at, name in enumerate(LINES, 1)
    }
    assert said == {name: sorted(codes or ()) for name, (_, codes) in LINES.items()}
    assert len(alone.accepted) == sum(codes is None for _, codes in LINES.values())
    with connect(None, 1, str(tmp_path)) as connection:
        model, first = law().corpus.model, law().corpus.first_day
        tables, findings = open_inputs(connection, path, model, first, tmp_path)
        assert tables is not None, findings
        assert tables.lost is not None
        lost = connection.execute(f"SELECT rang, code FROM {tables.lost.relation}").fetchall()
        rows = connection.execute(
            f"SELECT COUNT(*) FROM {tables.raw['agents'].relation}"
        ).fetchone()
    # What a plain line says wrong is told later, by the tables.
    names = list(LINES)
    assert [one for one in lost if one[1] not in said[names[one[0] - 1]]] == []
    assert rows == (len(LINES) - len({line for line, _ in lost}),)


def around() -> list[bytes]:
    """Lines with something before, after or inside; the first has a mark of UTF-8."""
    lines = [line(dossier=f"L-{at}").encode() for at in range(9)]
    lines[0] = b"\xef\xbb\xbf" + lines[0]
    lines[1] += b"\r"
    lines[2] = b" \t" + lines[2] + b" \t"
    lines[3] = b""
    lines[4] = b"\xc2\xa0"
    lines[5] = lines[5].replace(b"L-5", b"L\0")
    lines[6] = lines[6].replace(b"L-6", b"L\xff")
    lines[7] = lines[7].replace(b", ", b",\r")
    return lines


def of_one_identifier() -> list[bytes]:
    """Records of one identifier, which are all refused, whatever else they are; one is sound."""
    same = [
        line(),
        line(date="01/10/2024"),
        f"[{line(dossier='A')}, {line(dossier='A')}]",
        line(dossier="B"),
        line(dossier="B", annee_scolaire="2023-2024"),
        line(dossier="C"),
    ]
    return [one.encode() for one in same]


def test_what_is_around_the_lines_and_identifiers_used_twice_are_told_alike(tmp_path: Path) -> None:
    path = tmp_path / "dossiers.jsonl"
    path.write_bytes(b"\n".join([*around(), *of_one_identifier()]))
    wrong, counts = disagreements(path, tmp_path / "sortie", computed=False)
    assert wrong == []
    assert counts == {
        "calculés": 5 + 1, "lignes en faute": 3 + 5,
        "E119": 1, "E113": 2, "E503": 5, "E108": 1, "E504": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("utf16", "é".encode("utf-16"), "E113"),
        ("zip", b"PK\x03\x04", "E113"),
        ("vide", b"", "E114"),
        ("blanc", b" \n\t\r\n", "E114"),
    ],
)
def test_a_file_without_lines_is_told_alike(
    name: str, content: bytes, code: str, tmp_path: Path
) -> None:
    path = tmp_path / f"{name}.jsonl"
    path.write_bytes(content)
    assert [told for told, _ in said_alone(path, computed=False).refused[1]] == [code]
    with connect(None, 1, str(tmp_path)) as connection:
        found = read_jsonl(connection, [path], law().corpus.model, DAY, tmp_path)
    assert [one.code for one in found.findings] == [code]


def test_spoiled_records_are_told_alike_alone_and_together(tmp_path: Path) -> None:
    content = mutated(seed=13, count=300)
    with duckdb.connect() as connection:
        texts = [one.decode("utf-8", "replace") for one in content.split(b"\n")]
        plain = connection.execute(
            f"SELECT COUNT(*) FILTER ({plain_test('l', law().corpus.model)}) "
            "FROM (SELECT UNNEST(?) AS l)",
            [texts],
        ).fetchone()
    assert plain is not None
    assert 40 <= plain[0] <= 200  # both ways are tried
    path = tmp_path / "dossiers.jsonl"
    path.write_bytes(content)
    wrong, counts = disagreements(path, tmp_path / "sortie", computed=False)
    assert wrong == []
    assert counts["calculés"] >= 50
    assert counts["lignes en faute"] >= 100
    assert len(counts) >= 12  # as many codes, less two


@pytest.mark.parametrize("form", FORMS)
def test_a_record_in_tables_is_refused_what_it_is_refused_alone(form: str, tmp_path: Path) -> None:
    wrong, refused = tables_tirees.disagreements(form, 77, 60, tmp_path / form)
    assert wrong == []
    assert 8 <= refused <= 52


HOSTILE = "z'), 'N') = 'N') END IS TRUE); COPY (SELECT 1) TO 'pwned'; --/~\"."


def hostile_model() -> RecordModel:
    """A record whose names of fields and of lists are made to be run."""
    names = (HOSTILE, "a b", 'x"y', "l'été", "$.dossier", "\\")
    fields = tuple(Field(f"{one.replace('.', '')}", "texte", "champ") for one in names)
    listed = Collection(HOSTILE.replace(".", ""), "liste", fields, 4)
    model = law().corpus.model
    own = (*model.fields, *(replace(one, name=f"{one.name}0") for one in fields))
    return replace(model, fields=own, collections=(listed,))


def test_the_names_of_a_schema_are_never_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    model = hostile_model()
    (listed,) = model.collections
    item = {one.name: f"v{at}" for at, one in enumerate(listed.fields)}
    path = tmp_path / "dossiers.jsonl"
    record = {**SOUND, listed.name: [item]}
    del record["services"]
    path.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
    with connect(None, 1, str(tmp_path)) as connection:
        found = read_jsonl(connection, [path], model, DAY, tmp_path)
        assert (found.lost, found.findings) == (None, ())
        (row,) = connection.execute(
            f"SELECT * FROM {found.tables[listed.name].relation}"
        ).fetchall()
    assert row[: len(item)] == tuple(item.values())
    assert not (tmp_path / "pwned").exists()


def test_rich_records_are_read_in_little_memory(tmp_path: Path) -> None:
    """What one thread may use without being told, of which the tables would be a good part."""
    rich = {
        **SOUND,
        "etablissements": [{"uai": "0130001A", "commune": "Marseille", "type": "college"}],
        "services": [{"heures": 6, "niveau": "troisieme", "division": f"3{at}"} for at in range(3)],
        "missions": [{"code": "9102", "taux": 1250, "debut": "2024-09-01", "fin": "2025-08-31"}],
        "hse": [{"date": "2024-11-12", "heures": 2, "motif": "remplacement_court"}],
        "tutorats": [{"type": "professeur_stagiaire", "nombre": 1}],
    }
    path = tmp_path / "dossiers.jsonl"
    with path.open("w", encoding="utf-8") as stream:
        for at in range(6000):
            stream.write(f"{json.dumps({**rich, 'dossier': f'D-{at}'})}\n")
    corpus = law().corpus
    with connect(200, 1, str(tmp_path)) as connection:
        tables, findings = open_inputs(connection, path, corpus.model, corpus.first_day, tmp_path)
        assert tables is not None, findings
        services = connection.execute(f"SELECT COUNT(*) FROM {tables.raw['services'].relation}")
        assert services.fetchone() == (18000,)
