"""The reference job with Publicodes, in Node: its rules set up once, asked for each record.

The records are in memory, nothing is written; sums over the lines are made before it, in
JavaScript, since it has no lists.

    .venv/bin/python -m bench.pairs.publicodes_node DONNEES
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bench import measure
from bench.pairs.environnements import FOLDER, HERE, NODE
from bench.reference import job

ENGINE = "Publicodes, dossier par dossier"
COUNT = 1000


def main() -> None:
    """Hand the records to Node, check what it finds, print."""
    asked = measure.task(ENGINE, count=COUNT)
    node = shutil.which("node")
    if node is None:
        sys.exit("node est introuvable : installez Node 20 ou plus récent")
    records = [job.plain(one, float) for one in job.read(asked.folder, asked.count)]
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder, "dossiers.json")
        given.write_text(json.dumps(records), encoding="utf-8")
        script = [node, str(HERE / NODE / "mesure.mjs"), str(FOLDER / NODE)]
        done = subprocess.run(
            [*script, str(given), str(asked.rounds)], stdout=subprocess.PIPE, check=True
        )
    told = json.loads(done.stdout)
    found = {key: measure.cents(row, shown=True) for key, *row in told["resultats"]}
    exact = measure.check(asked, found)
    measure.show(ENGINE, asked, tuple(told["secondes"]), told["memoire_mo"], exact)


if __name__ == "__main__":
    main()
