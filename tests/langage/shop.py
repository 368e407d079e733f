"""The repository of the bakery, whose discount has changed: rules that have a history."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.langage.bakery import CORPUS

ORDER = """\
commande: C-1
livree_le: 2012-06-01
client: {categorie: cantine}
fournees: [{produit: pain, quantite: 100}]
"""
# 100 × 1.10 = 110 euros of bread for a canteen: a tenth off, 11 euros; a fifth after the edit.
FIRST, SECOND = "2024-01-10T12:00:00+0000", "2024-06-01T22:30:00-0400"
BEFORE, AFTER = "11", "22"


def git(folder: Path, *words: str, made: str = FIRST) -> None:
    who = {
        "GIT_AUTHOR_NAME": "Essai",
        "GIT_AUTHOR_EMAIL": "essai@example.org",
        "GIT_COMMITTER_NAME": "Essai",
        "GIT_COMMITTER_EMAIL": "essai@example.org",
        "GIT_AUTHOR_DATE": made,
        "GIT_COMMITTER_DATE": made,
    }
    command = ["git", *words]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env={**os.environ, **who})


def make_shop(shop: Path) -> None:
    """Its rules, then a discount that was changed, then nothing."""
    shutil.copytree(CORPUS, shop)
    shutil.rmtree(shop / "regles" / "publications")
    (shop / "commande.yaml").write_text(ORDER, encoding="utf-8")
    git(shop, "init", "--quiet")
    git(shop, "add", ".")
    git(shop, "commit", "--quiet", "-m", "les règles")
    edit(shop)
    git(shop, "commit", "--quiet", "-a", "-m", "la remise", made=SECOND)


def edit(shop: Path) -> None:
    file = shop / "regles" / "textes" / "arrete-pain.yaml"
    text = file.read_text(encoding="utf-8")
    assert text.count("alors: 0.1,") == 1
    file.write_text(text.replace("alors: 0.1,", "alors: 0.2,"), encoding="utf-8")
