"""The reference job in SQL written by hand for DuckDB: three tables go in, the results come out.

What a person who knows DuckDB well would write for this job alone, in whole hundredths: the measure
of what the SQL that réglo makes from rules may cost. The table that comes out is the one that réglo
writes: the identifier as a text, the date, hours and euros as DECIMAL(18, 2), and the names of what
is not computable, here never any.

    python bench/reference/sql_a_la_main.py /tmp/donnees --tours 5
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench import measure
from bench.draws import connect, write
from bench.reference import job

ENGINE = "SQL écrit à la main (DuckDB)"

QUERY = """
WITH service AS (
  SELECT
    dossier,
    sum(h)::BIGINT AS heures,
    sum(CASE WHEN niveau IN ('premiere_gt', 'terminale_gt') THEN h ELSE 0 END)::BIGINT AS terminal,
    sum(CASE WHEN niveau = 'sts' THEN h ELSE 0 END)::BIGINT AS sts,
    sum(CASE WHEN niveau = 'cpge' THEN h ELSE 0 END)::BIGINT AS cpge,
    sum(CASE WHEN rep_plus THEN h ELSE 0 END)::BIGINT AS rep,
    sum(CASE WHEN discipline IN ('SVT', 'SPC') THEN h ELSE 0 END)::BIGINT AS labo,
    sum(CASE WHEN effectif > 35 THEN h ELSE 0 END)::BIGINT AS chargees
  FROM (
    SELECT dossier, niveau, rep_plus, effectif, discipline, (heures * 100)::BIGINT AS h
    FROM lignes
  )
  GROUP BY dossier
),

imp AS (
  SELECT
    dossier,
    sum(
      CASE
        WHEN code = 'autre' AND m IN (31250, 62500, 125000, 250000, 375000) THEN m
        WHEN code IN ('coord_disc', 'coord_cycle', 'ref_decrochage')
          AND m IN (62500, 125000, 250000) THEN m
        WHEN code IN ('coord_niveau', 'coord_eps') AND m IN (125000, 250000) THEN m
        WHEN code = 'ref_numerique' AND m IN (125000, 250000, 375000) THEN m
        WHEN code = 'ref_culture' AND m IN (62500, 125000) THEN m
        WHEN code = 'tutorat' AND m IN (31250, 62500) THEN m
        ELSE 0
      END
    )::BIGINT AS imp
  FROM (SELECT dossier, code, (montant * 100)::BIGINT AS m FROM missions)
  GROUP BY dossier
),

du AS (
  SELECT
    dossier,
    date,
    CASE corps
      WHEN 'agrege' THEN 15 WHEN 'agrege_eps' THEN 17 WHEN 'prof_eps' THEN 20 ELSE 18
    END * (quotite * 100)::BIGINT AS ors,
    CASE WHEN nb_communes >= 2 OR nb_etablissements >= 3 THEN 100 ELSE 0 END
    + CASE WHEN labo >= 800 AND labo_sans_personnel THEN 100 ELSE 0 END AS reductions,
    CASE
      WHEN corps = 'agrege' THEN CASE grade WHEN 'classe_normale' THEN 175857 ELSE 193443 END
      WHEN corps = 'agrege_eps' THEN CASE grade WHEN 'classe_normale' THEN 155168 ELSE 170685 END
      WHEN corps = 'prof_eps' THEN CASE grade WHEN 'classe_normale' THEN 109706 ELSE 120677 END
      ELSE CASE grade WHEN 'classe_normale' THEN 121896 ELSE 134085 END
    END AS taux,
    coalesce(heures, 0) AS heures,
    least(1000, coalesce(terminal, 0)) AS terminal,
    coalesce(sts, 0) AS sts,
    coalesce(rep, 0) AS rep,
    coalesce(cpge, 0) AS cpge,
    CASE WHEN chargees >= 600 THEN 125000 ELSE 0 END AS indemnite,
    coalesce(imp, 0) AS imp
  FROM agents LEFT JOIN service USING (dossier) LEFT JOIN imp USING (dossier)
),

pondere AS (
  SELECT
    *,
    ors - reductions AS max_reduit,
    terminal + sts + rep + cpge AS p,
    terminal * 10 + sts * 25 + rep * 10 + cpge * 50 AS brut,
    (taux * 120 + 50) // 100 AS premiere
  FROM du
),

plafonne AS (
  SELECT
    *,
    CASE
      WHEN p > max_reduit THEN (2 * brut * max_reduit + 100 * p) // (200 * p)
      ELSE (brut + 50) // 100
    END AS ponderation
  FROM pondere
),

supplementaire AS (
  SELECT *, greatest(0, heures + ponderation - max_reduit) AS hsa FROM plafonne
),

paye AS (
  SELECT
    *,
    (least(hsa, 100) * premiere + greatest(hsa - 100, 0) * taux + 50) // 100 AS montant_hsa
  FROM supplementaire
)

SELECT
  dossier::VARCHAR AS dossier,
  date,
  (ors * 0.01::DECIMAL(3, 2))::DECIMAL(18, 2) AS ors,
  (max_reduit * 0.01::DECIMAL(3, 2))::DECIMAL(18, 2) AS max_reduit,
  (ponderation * 0.01::DECIMAL(3, 2))::DECIMAL(18, 2) AS ponderation,
  (hsa * 0.01::DECIMAL(3, 2))::DECIMAL(18, 2) AS hsa,
  (montant_hsa * 0.01::DECIMAL(3, 2))::DECIMAL(18, 2) AS montant_hsa,
  (indemnite * 0.01::DECIMAL(3, 2))::DECIMAL(18, 2) AS indemnite,
  (imp * 0.01::DECIMAL(3, 2))::DECIMAL(18, 2) AS imp,
  ((montant_hsa + indemnite + imp) * 0.01::DECIMAL(3, 2))::DECIMAL(18, 2) AS total,
  NULL::VARCHAR AS non_calculables
FROM paye
"""


def main() -> None:
    """Measure, check, print."""
    asked = measure.task(ENGINE)
    with tempfile.TemporaryDirectory() as folder, connect() as link:
        link.execute(f"SET threads = {asked.threads}")
        link.execute("SET preserve_insertion_order = false")
        job.show(link, asked.folder)
        out = Path(folder, "resultats.parquet")
        seconds = measure.times(lambda: write(link, QUERY, out), asked.rounds)
        peak = measure.memory()
        exact = measure.check_file(asked, out, cents=False)
    measure.show(ENGINE, asked, seconds, peak, exact)


if __name__ == "__main__":
    main()
