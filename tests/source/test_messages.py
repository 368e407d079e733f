from __future__ import annotations

from engine.source.catalogue import say
from engine.source.messages import reading
from engine.source.messages.hints import suggestion
from engine.source.positions import whole_file

KINDS = ("texte", "parametres", "nomenclature")


def test_an_unknown_kind_of_file_names_the_nearest_one() -> None:
    found = reading.unknown_kind("parametre", KINDS, whole_file("f.yaml"))
    assert str(found) == (
        "f.yaml:1:1: erreur E116: sorte de fichier inconnue : la première clé est « parametre »\n"
        "  conseil : vouliez-vous dire « parametres » ?"
    )


def test_a_document_without_keys_has_no_kind() -> None:
    found = reading.unknown_kind(None, KINDS, whole_file("f.yaml"))
    assert found.message.endswith("le document n'est pas un groupe de clés")
    assert "« texte », « parametres », « nomenclature »" in found.hints[0]


def test_a_long_text_is_cut_in_a_message_and_kept_on_one_line() -> None:
    found = say(
        "E106",
        "f.yaml",
        lu="a\n" * 500,
        proches=suggestion("a\n" * 500, ("b",), "valeurs possibles"),
    )
    assert len(str(found).split("\n")) == 2
    assert len(found.message) < 100
