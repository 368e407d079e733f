"""What a teacher is made of: the draws of a population go in, the query of each table comes out.

People and schools are invented: no real school has a number that begins as theirs do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bench import shares
from bench.draws import Draws, below, decimal, select, text, texts

NULL = "NULL"
TRUE = "TRUE"


@dataclass(frozen=True, slots=True)
class Teachers:
    """The teachers of one seed, each seen on one of ``days``.

    The methods give SQL over the columns of ``_profile``: what the other columns depend on.
    """

    draws: Draws
    days: Sequence[date]

    def tables(self, count: int) -> Mapping[str, str]:
        """The query of each table of ``count`` teachers, in the order of their identifiers."""
        profile = self._profile(count)
        return {
            "agents": select(profile, self._agent()),
            "etablissements": self._lines(profile, "etablissements", self._school()),
            "services": self._lines(profile, "lignes", *self._course()),
            "ares": self._lines(profile, "association::INTEGER + complement::INTEGER", self._are()),
            "missions": self._lines(profile, "missions", *self._mission()),
            "pacte": self._lines(profile, "pactes", self._pacte()),
            "professeur_principal": self._lines(profile, "divisions", self._class()),
            "hse": self._lines(profile, "hse", self._hse()),
            "deplacements": self._lines(profile, "deplacements", self._travel()),
            "tutorats": self._lines(profile, "tutorats", self._tutoring()),
            "absences": self._lines(profile, "absences", self._absence()),
            "remplacements": self._lines(profile, "remplacements", self._stand_in()),
        }

    def _lines(self, profile: str, count: str, *stages: Mapping[str, str]) -> str:
        """``count`` lines for each teacher: its columns are those of the last stage."""
        query = below(profile, count, "ligne")
        *before, last = stages
        for stage in before:
            query = select(f"({query})", stage, more=True)
        return select(f"({query})", {"dossier": "dossier", **last})

    # -- who the teacher is ------------------------------------------------------------------------

    def _profile(self, count: int) -> str:
        query = f"(SELECT range AS i FROM range({count}))"  # noqa: S608 - a number
        for stage in (self._who(), self._where(), self._how_much(), self._how_many()):
            query = f"({select(query, stage, more=True)})"
        return query

    def _who(self) -> Mapping[str, str]:
        days = [f"DATE {text(day.isoformat())}" for day in self.days]
        return {
            "dossier": "'D-' || lpad((i + 1)::VARCHAR, 10, '0')",
            "jour": self._any_of("jour", days),
            "corps": self._code("corps", shares.CORPS),
            "statut": self._code("statut", shares.STATUTS),
        }

    def _where(self) -> Mapping[str, str]:
        draws = self.draws
        fonctions = {corps: self._code("fonction", of) for corps, of in shares.FONCTIONS.items()}
        types = {corps: self._code("type", of) for corps, of in shares.TYPES.items()}
        return {
            "an": "(year(jour) - (month(jour) < 9)::INTEGER)",
            "titularise": "statut = 'titulaire'",
            "eps": "corps IN ('peps', 'agrege_eps')",
            "fonction": _by("corps", fonctions, "'enseignant'"),
            "type": _by("corps", types, self._code("type", shares.USUAL_TYPES)),
            "partiel": f"(statut <> 'stagiaire' AND {self._chance('partiel', 120)})",
            "incomplet": f"(statut = 'contractuel' AND {self._chance('incomplet', 250)})",
            "quotite_reduite": draws.pick("quotite", shares.QUOTITES, "i"),
        }

    def _how_much(self) -> Mapping[str, str]:
        numbers = {
            kind: self._number(f"école {kind}", size) for kind, (size, _) in shares.SCHOOLS.items()
        }
        lycee = {
            "agrege": self._code("filière", {"gt": 720, "sts": 120, "cpge": 90, "mixte": 70}),
            "certifie": self._code("filière", {"gt": 830, "sts": 160, "mixte": 10}),
            "chaire_superieure": "'cpge'",
            "plp": "'pro'",
        }
        filieres = {"lp": "'pro'", "erea": "'erea'", "college": "'college'"}
        return {
            "ecole": _by("type", numbers),
            "filiere": "CASE WHEN fonction = 'documentaliste' THEN 'cdi'"
            " WHEN type = 'college' AND corps IN ('plp', 'professeur_ecoles') THEN 'segpa'"
            f" ELSE {_by('type', filieres, _by('corps', lycee, text('gt')))} END",
            "part": "CASE WHEN partiel OR incomplet THEN quotite_reduite ELSE 1000000 END",
            "enseigne": "fonction IN ('enseignant', 'documentaliste')",
            "association": f"(eps AND NOT partiel AND {self._chance('association', 450)})",
            "etablissements": "CASE WHEN fonction = 'enseignant' THEN"
            f" {self._pick('établissements', {'1': 913, '2': 70, '3': 17})} ELSE 1 END",
            "tzr": f"titularise AND fonction = 'enseignant' AND {self._chance('tzr', 52)}",
        }

    def _how_many(self) -> Mapping[str, str]:
        """How many lines of each table, and how many half hours of courses."""
        due = _by("corps", shares.DUS, "36")
        extra = self._pick("en plus", shares.DEMI_HEURES_EN_PLUS)
        few, usual = self._pick("peu", shares.LIGNES_EN_CPGE), self._pick("lignes", shares.LIGNES)
        return {
            "demi_heures": "CASE WHEN filiere = 'cdi' THEN 60 * part // 1000000"
            f" ELSE (CASE WHEN filiere = 'cpge' THEN 18 + {self._number('prépa', 3)} ELSE {due}"
            " - 6 * association::INTEGER END * part // 1000000)"
            f" + CASE WHEN partiel THEN 0 ELSE {extra} END END",
            "lignes": "CASE WHEN NOT enseigne THEN 0"
            f" WHEN filiere = 'cdi' THEN 1 + {self._chance('cours', 200)}::INTEGER"
            f" WHEN filiere = 'cpge' THEN greatest({few}, etablissements)"
            f" ELSE greatest({usual}, etablissements + 1) END",
            "affecte_annee": f"CASE WHEN tzr THEN {self._chance('affecté', 330)} END",
            "complement": f"(etablissements > 1 AND {self._chance('complément', 100)})",
            "missions": f"CASE WHEN fonction IN ('psyen', 'ddfpt') THEN 0 ELSE"
            f" {self._pick('missions', {'0': 695, '1': 223, '2': 67, '3': 15})} END",
            "pactes": f"CASE WHEN fonction IN ('psyen', 'ddfpt') THEN 0 ELSE"
            f" {self._pick('pacte', {'0': 796, '1': 143, '2': 46, '3': 15})} END",
            "divisions": "CASE WHEN fonction = 'enseignant' AND filiere NOT IN ('cpge', 'segpa')"
            f" THEN {self._pick('divisions', {'0': 672, '1': 318, '2': 10})} ELSE 0 END",
            "hse": "CASE WHEN fonction = 'enseignant' THEN"
            f" {self._pick('hse', {'0': 835, '1': 90, '2': 50, '3': 25})} ELSE 0 END",
            "deplacements": f"CASE WHEN tzr AND NOT {self._chance('affecté', 330)} THEN"
            f" 1 + {self._number('déplacements', 4)} ELSE 0 END",
            "tutorats": "CASE WHEN titularise AND fonction = 'enseignant' THEN"
            f" {self._pick('tutorats', {'0': 962, '1': 34, '2': 4})} ELSE 0 END",
            "absences": self._pick("absences", {"0": 985, "1": 13, "2": 2}),
            "remplacements": "CASE WHEN tzr THEN"
            f" {self._pick('remplacements', {'0': 500, '1': 300, '2': 200})} ELSE 0 END",
        }

    # -- the tables --------------------------------------------------------------------------------

    def _agent(self) -> Mapping[str, str]:
        return {
            "dossier": "dossier",
            "date": "jour",
            "annee_scolaire": f"CASE WHEN {self._chance('année', 500)}"
            " THEN an::VARCHAR || '-' || (an + 1)::VARCHAR END",
            **self._career(),
            **self._time(),
            **self._situation(),
        }

    def _career(self) -> Mapping[str, str]:
        grade = self._code("grade", shares.GRADES)
        low = f"1 + {self._number('échelon', 4)}"
        return {
            "corps": "corps",
            "grade": "CASE WHEN statut IN ('contractuel', 'maitre_auxiliaire') THEN NULL"
            " WHEN statut = 'stagiaire' OR corps IN ('chaire_superieure', 'pegc')"
            f" THEN 'classe_normale' ELSE nullif({grade}, '') END",
            "echelon": f"CASE WHEN statut = 'contractuel' THEN NULL WHEN titularise AND"
            f" {grade} = 'classe_normale' THEN {self.draws.bell('ancienneté', 1, 4, 'i')}"
            f" ELSE {low} END",
            "indice_majore": f"CASE WHEN titularise OR statut = 'stagiaire' THEN NULL"
            f" ELSE 366 + {self._number('indice', 270)} END",
            "fonction": _unless("fonction", "fonction = 'enseignant'", self._chance("dite", 300)),
            "statut": _unless("statut", "titularise", self._chance("statut dit", 100)),
        }

    def _time(self) -> Mapping[str, str]:
        """The share of a full service and what goes with it; the usual is often left unsaid."""
        unsaid = self._chance("temps dit", 300)
        return {
            "quotite": _unless(decimal("part", 7, 6), "part = 1000000", unsaid),
            "temps": _unless(
                "CASE WHEN incomplet THEN 'incomplet' WHEN partiel THEN 'partiel'"
                " ELSE 'complet' END",
                "part = 1000000",
                unsaid,
            ),
            "cpa": f"CASE WHEN an < 2011 AND {self._chance('cpa', 10)} THEN TRUE END",
            "cpa_debut": f"CASE WHEN an < 2011 AND {self._chance('cpa', 10)}"
            " THEN make_date(an - 1, 9, 1) END",
            "tzr": f"CASE WHEN tzr OR {self._chance('tzr dit', 200)} THEN tzr END",
            "affecte_annee": "affecte_annee",
            "discipline": self._own_discipline(),
            "affectation": "CASE WHEN tzr AND NOT affecte_annee THEN 'temporaire'"
            f" WHEN {self._chance('affectation', 500)} THEN 'annee' END",
            "volontaire_hsa": "CASE WHEN partiel THEN"
            f" {self._pick('volontaire', {TRUE: 300, 'FALSE': 200, NULL: 500})}"
            f" ELSE {self._pick('volontaire', {TRUE: 150, 'FALSE': 50, NULL: 800})} END",
            "contre_indication_hsa": _if(self._chance("santé", 3), TRUE),
        }

    def _own_discipline(self) -> str:
        taught = {corps: self._code("discipline", of) for corps, of in shares.DISCIPLINES.items()}
        usual = _by("corps", taught, self._code("discipline", shares.USUAL_DISCIPLINES))
        return (
            "CASE WHEN fonction = 'documentaliste' THEN 'documentation'"
            " WHEN fonction IN ('cpe', 'psyen') THEN NULL"
            f" WHEN corps = 'certifie' AND type <> 'college' AND {self._chance('lycée', 250)}"
            f" THEN {self._code('de lycée', shares.DISCIPLINES_DE_LYCEE)} ELSE {usual} END"
        )

    def _situation(self) -> Mapping[str, str]:
        hours = {"1200": 8, "3000": 4, NULL: 988}
        return {
            "conge": _if(
                f"absences = 0 AND {self._chance('congé', 5)}", self._code("congé", shares.CONGES)
            ),
            "exercice_du": _if(
                f"statut = 'contractuel' AND {self._chance('recruté', 200)}",
                f"make_date(an, 9, 1) + {self._number('recruté le', 120)}",
            ),
            "exercice_au": _if(
                f"statut = 'contractuel' AND {self._chance('parti', 200)}",
                f"make_date(an + 1, 8, 31) - {self._number('parti le', 120)}",
            ),
            "part_modulable_rep_plus": f"CASE WHEN {self._ranking('ecole')} = 'rep_plus' THEN"
            f" {self._pick('part modulable', {'702': 300, '421': 400, '234': 200, NULL: 100})} END",
            "affecte_superieur": _if(f"corps = 'agrege' AND {self._chance('supérieur', 15)}", TRUE),
            "formateur": _if(f"titularise AND {self._chance('formateur', 8)}", TRUE),
            "exercice_anterieur": _if("titularise", self._chance("exercice antérieur", 100)),
            "exercice_anterieur_admis": _if(
                f"titularise AND {self._chance('antérieur admis', 30)}", TRUE
            ),
            "certification_specialisee": _if(
                f"titularise AND {self._chance('certification', 20)}", TRUE
            ),
            "categorie_ma": _if(
                "statut = 'maitre_auxiliaire'", self._code("catégorie", {"ma2": 700, "ma1": 300})
            ),
            "specialite_psyen": _if(
                "fonction = 'psyen'", self._code("spécialité", {"edo": 700, "eda": 300})
            ),
            "titularise_le": f"CASE WHEN titularise AND {self._chance('récent', 80)}"
            f" THEN make_date(an - {self._number('titularisé', 4)}, 9, 1) END",
            "abonnement_transport": _if(
                self._chance("transport", 100),
                decimal(f"2000 + 10 * {self._number('abonnement', 900)}", 6, 2),
            ),
            "mois_transport": _if(self._chance("transport", 100), "10"),
            "referent_groupes": _if(
                f"enseigne AND filiere IN ('gt', 'pro') AND {self._chance('référent', 20)}",
                f"1 + {self._number('groupes', 3)}",
            ),
            "interrogations": _if(
                f"filiere IN ('cpge', 'mixte') AND {self._chance('colles', 700)}",
                decimal(f"100 * (10 + {self._number('heures de colle', 50)})", 6, 2),
            ),
            "heures_peri_educatives": decimal(self._pick("péri-éducatif", hours), 6, 2),
            "heures_ecole_ouverte": decimal(self._pick("école ouverte", hours), 6, 2),
        }

    def _school(self) -> Mapping[str, str]:
        """The schools of a teacher: the main one is the first, unless it says that it is main."""
        moved = f"(etablissements > 1 AND {self._chance('rangement', 200)})"
        place = f"CASE WHEN {moved} THEN etablissements - 1 - rang ELSE rang END"
        number = self._school_number(place)
        school = _school_id(number)
        shift = _by("type", {"lgt": "16", "lp": "32", "lpo": "48"}, "0")
        names = f"[{', '.join(texts(shares.COMMUNES))}]"
        commune = f"{names}[1 + (({number}) // 3 + {shift}) % {len(shares.COMMUNES)}]"
        sizes = {
            kind: self.draws.bell("taille", *size, school) for kind, size in shares.TAILLES.items()
        }
        staff = self.draws.pick("labo", {TRUE: 100, "FALSE": 700, NULL: 200}, school)
        staffed = self.draws.pick("labo", {TRUE: 600, NULL: 400}, school)
        said = self._chance("principal dit", 300)
        return {
            "uai": _uai(number),
            # The same town is not always written alike.
            "commune": f"CASE WHEN {self.draws.chance('capitales', 50, 'ligne')}"
            f" THEN upper(strip_accents({commune})) ELSE {commune} END",
            "type": "type",
            "classement": self._ranking(number),
            "personnel_laboratoire": f"CASE WHEN type = 'college' THEN {staff} ELSE {staffed} END",
            "effectif_total": _by("type", sizes),
            "effectif_sections": _if(
                f"type IN ('lp', 'lpo') AND {self._chance('sections', 600)}",
                f"({_by('type', sizes)}) // 2",
            ),
            "difficultes_particulieres": _if(
                f"type = 'college' AND {self._chance('difficultés', 50)}", TRUE
            ),
            "principal": f"CASE WHEN {moved} OR {said} THEN ({place}) = 0 END",
        }

    def _course(self) -> Sequence[Mapping[str, str]]:
        """First the levels, the hours and the school, then the columns that depend on them."""
        draws = self.draws
        niveaux = {kind: draws.code("niveau", of, "ligne") for kind, of in shares.NIVEAUX.items()}
        even = "(demi_heures * (rang + 1) // lignes - demi_heures * rang // lignes)"
        move = (
            f"CASE WHEN demi_heures // lignes >= 4 AND lignes > 1 THEN {self._number('écart', 5)}"
        )
        moved = f"{move} - 2 ELSE 0 END * CASE rang WHEN 0 THEN 1 WHEN 1 THEN -1 ELSE 0 END"
        more = {"0": 962, "250": 30, "333": 5, "167": 3}  # a lesson every two, three or six weeks
        before = {
            "niveau": "CASE WHEN filiere = 'cdi' AND rang = 0 THEN 'cdi'"
            f" ELSE nullif({_by('filiere', niveaux)}, '') END",
            "milliemes": "CASE WHEN filiere = 'cdi' THEN CASE rang WHEN 0 THEN 500 * demi_heures"
            f" ELSE 1000 END ELSE 500 * ({even} + {moved})"
            f" + CASE rang WHEN 0 THEN {self._pick('fraction', more)} ELSE 0 END END",
            "ailleurs": "greatest(0, rang - (lignes - etablissements))",
        }
        sizes = {
            kind: draws.bell("effectif", *size, "ligne") for kind, size in shares.EFFECTIFS.items()
        }
        group = draws.chance("groupe", 100, "ligne")
        size = f"({_by('filiere', sizes)})"
        prepa = "coalesce(niveau IN ('cpge_1', 'cpge_2'), FALSE)"
        said = f"(ailleurs > 0 OR {self._chance('école dite', 400)})"
        number = self._school_number("ailleurs")
        last = {
            "heures": decimal("milliemes", 6, 3),
            "niveau": "niveau",
            "division": f"CASE WHEN {draws.chance('numérotée', 150, 'ligne')}"
            f" THEN (601 + {draws.number('division', 300, 'ligne')})::VARCHAR"
            f" ELSE upper(left(niveau, 1)) || (1 + {draws.number('division', 9, 'ligne')}) END",
            "groupe": _if(group, f"'G' || (1 + {draws.number('quel groupe', 3, 'ligne')})"),
            "effectif": f"CASE WHEN niveau = 'cdi' OR (NOT {prepa} AND"
            f" {draws.chance('sans effectif', 30, 'ligne')}) THEN NULL"
            f" WHEN {group} THEN {size} // 2 ELSE {size} END",
            "effectif_division": _if(group, size),
            "etablissement": _if(said, _uai(number)),
            "discipline": self._line_discipline(),
            "modalite": draws.pick(
                "modalité", {"'CG'": 700, "'TD'": 50, "'TP'": 60, "'AP'": 40, NULL: 150}, "ligne"
            ),
            "parallele": _if(f"{prepa} AND rang < 2 AND {self._chance('parallèle', 30)}", "'P1'"),
        }
        return before, last

    def _line_discipline(self) -> str:
        """Mostly unsaid: that of the teacher."""
        own = self._own_discipline()
        other = {"'autre'": 500, "'technologie'": 250, "'nsi'": 250}
        return (
            f"CASE WHEN {self.draws.chance('autre cours', 20, 'ligne')}"
            f" THEN {self.draws.pick('quelle autre', other, 'ligne')}"
            f" WHEN {self.draws.chance('discipline dite', 280, 'ligne')} THEN {own} END"
        )

    def _are(self) -> Mapping[str, str]:
        sport = "association AND rang = 0"
        several = "CASE etablissements WHEN 2 THEN '6812' ELSE '6912' END"
        return {
            "code": f"CASE WHEN {sport} THEN '4112' ELSE {several} END",
            "heures": decimal(f"CASE WHEN {sport} THEN 3000 ELSE 1000 END", 6, 3),
        }

    def _mission(self) -> Sequence[Mapping[str, str]]:
        draws = self.draws
        drawn = draws.code("mission", shares.MISSIONS, "ligne")
        before = {
            # The coordination of sports is the business of those who teach them.
            "code": f"CASE WHEN {drawn} = '9122' AND NOT eps THEN '9082' ELSE {drawn} END",
            "duree": draws.code("durée", {"": 850, "annee": 100, "partie": 50}, "ligne"),
        }
        cents = {code: draws.pick("taux", of, "ligne") for code, of in shares.TAUX.items()}
        cents |= {code: cents[other] for code, other in shares.TAUX_AS.items()}
        start = f"make_date(an, 10, 1) + {draws.number('début', 120, 'ligne')}"
        stand_in = f"(duree = 'partie' AND {draws.chance('en remplacement', 200, 'ligne')})"
        replaced = f"(duree = 'annee' AND {draws.chance('remplacement', 100, 'ligne')})"
        team = f"3 + {draws.number('équipe', 5, 'ligne')}"
        said = f"code = '9122' AND {draws.chance('équipe dite', 900, 'ligne')}"
        rates = _by("code", cents, draws.pick("taux", shares.USUAL_TAUX, "ligne"))
        return before, {
            "code": "code",
            "taux": decimal(rates, 8, 2),
            "debut": "CASE duree WHEN 'annee' THEN make_date(an, 9, 1)"
            f" WHEN 'partie' THEN {start} END",
            "fin": "CASE duree WHEN 'annee' THEN make_date(an + 1, 8, 31)"
            f" WHEN 'partie' THEN {start} + 30 + {draws.number('fin', 100, 'ligne')} END",
            "remplace_du": _if(replaced, "make_date(an + 1, 1, 6)"),
            "remplace_au": _if(
                f"{replaced} AND {draws.chance('retour', 700, 'ligne')}", "make_date(an + 1, 3, 14)"
            ),
            "en_remplacement": _if(stand_in, TRUE),
            "enseignants_eps": _if(said, team),
            "heures_eps": _if(said, decimal(f"100 * 17 * ({team})", 7, 2)),
            "enseignants_eps_etp": _if(
                said, decimal(f"10 * ({team}) - {draws.number('partiels', 20, 'ligne')}", 5, 1)
            ),
        }

    def _pacte(self) -> Mapping[str, str]:
        parts = self.draws.pick("parts", {"100": 800, "200": 150, "50": 50}, "ligne")
        return {
            "mission": self.draws.code("mission du pacte", shares.PACTE, "ligne"),
            "parts": decimal(parts, 4, 2),
            "parts_faites": _if(self.draws.chance("faites", 30, "ligne"), decimal("0", 4, 2)),
        }

    def _class(self) -> Mapping[str, str]:
        draws = self.draws
        known = {
            kind: draws.code("professeur principal", shares.NIVEAUX_PP[at], "ligne")
            for kind, at in {
                "college": "college",
                "segpa": "college",
                "pro": "pro",
                "erea": "pro",
            }.items()
        }
        usual = draws.code("professeur principal", shares.USUAL_NIVEAUX_PP, "ligne")
        return {
            "niveau": _by("filiere", known, usual),
            "debut": _if(draws.chance("remplace", 20, "ligne"), "make_date(an, 11, 4)"),
            "fin": _if(draws.chance("remplacé", 20, "ligne"), "make_date(an + 1, 1, 5)"),
        }

    def _hse(self) -> Mapping[str, str]:
        draws = self.draws
        day = f"make_date(an, 9, 16) + {draws.number('jour des heures', 270, 'ligne')}"
        motive = draws.code("motif", shares.MOTIFS_HSE, "ligne")
        asked = f"partiel AND {draws.chance('dérogation', 600, 'ligne')}"
        return {
            "date": _if(draws.chance("jour dit", 970, "ligne"), day),
            "heures": decimal(f"500 * (1 + {draws.number('heures faites', 12, 'ligne')})", 7, 3),
            "motif": f"CASE WHEN partiel THEN 'depassement_quotite' ELSE {motive} END",
            "demandee_le": _if(asked, f"{day} - 14"),
            "accordee": _if(asked, draws.chance("accord", 800, "ligne")),
            "duree_absence": f"CASE WHEN NOT partiel AND {motive} = 'remplacement_court'"
            f" THEN 1 + {draws.number('absence', 20, 'ligne')} END",
        }

    def _travel(self) -> Mapping[str, str]:
        draws = self.draws
        days = draws.number("jours", 60, "ligne")
        day = f"make_date(an, 9, 16) + {draws.number('jour du trajet', 270, 'ligne')}"
        return {
            "km": decimal(f"10 * (1 + {draws.number('distance', 90, 'ligne')})", 5, 1),
            "jours": f"1 + {days}",
            "date": _if(f"{days} = 0", day),
            "annee_entiere": _if(draws.chance("année entière", 30, "ligne"), TRUE),
        }

    def _tutoring(self) -> Mapping[str, str]:
        kinds = {"professeur_stagiaire": 500, "sopa": 350, "sopa_m2": 150}
        return {
            "type": self.draws.code("tutorat", kinds, "ligne"),
            "nombre": self.draws.pick("suivis", {"1": 850, "2": 150}, "ligne"),
        }

    def _absence(self) -> Mapping[str, str]:
        """One leave after the other: the second begins in March."""
        draws = self.draws
        kind = draws.code("nature du congé", shares.CONGES, "ligne")
        kept = draws.pick("traitement", {"100": 300, "90": 400, "50": 300}, "ligne")
        start = f"make_date(an, 9, 10) + 180 * rang + {draws.number('absent le', 60, 'ligne')}"
        return {
            "conge": kind,
            "debut": start,
            "fin": f"{start} + {draws.number('absent', 90, 'ligne')}",
            "part_traitement": _if(f"{kind} = 'maladie_ordinaire'", decimal(kept, 3, 2)),
            "annee_de_conge": _if(
                f"{kind} = 'longue_maladie'", f"1 + {draws.number('année', 3, 'ligne')}"
            ),
            "remplace_du": _if(draws.chance("remplacé", 500, "ligne"), f"{start} + 10"),
            "remplace_au": _if(draws.chance("remplacé jusqu'au", 200, "ligne"), f"{start} + 40"),
            "remplacant": _if(draws.chance("remplaçant dit", 100, "ligne"), "'D-0000000001'"),
        }

    def _stand_in(self) -> Mapping[str, str]:
        draws = self.draws
        start = f"make_date(an, 9, 10) + 100 * rang + {draws.number('remplace le', 60, 'ligne')}"
        return {
            "debut": start,
            "fin": f"{start} + {draws.number('remplace', 90, 'ligne')}",
            "remplace": _if(draws.chance("remplacé dit", 100, "ligne"), "'D-0000000002'"),
        }

    # -- schools -----------------------------------------------------------------------------------

    def _school_number(self, place: str) -> str:
        """The number of a school among those of its type: the main one, then its neighbours."""
        near, far = self._number("voisin", 5), self._number("autre voisin", 5)
        step = f"CASE ({place}) WHEN 0 THEN 0 WHEN 1 THEN 1 + {near} ELSE 6 + {far} END"
        sizes = {kind: str(size) for kind, (size, _) in shares.SCHOOLS.items()}
        return f"((ecole + {step}) % {_by('type', sizes)})"

    def _ranking(self, number: str) -> str:
        ranks = self.draws.pick(
            "classement", {"'rep_plus'": 70, "'rep'": 140, NULL: 790}, _school_id(number)
        )
        return f"CASE WHEN type = 'college' THEN {ranks} END"

    # -- draws for a teacher, not for a line -------------------------------------------------------

    def _number(self, name: str, below: int) -> str:
        return self.draws.number(name, below, "i")

    def _chance(self, name: str, parts: int) -> str:
        return self.draws.chance(name, parts, "i")

    def _pick(self, name: str, weights: Mapping[str, int]) -> str:
        return self.draws.pick(name, weights, "i")

    def _code(self, name: str, weights: Mapping[str, int]) -> str:
        return self.draws.code(name, weights, "i")

    def _any_of(self, name: str, values: Sequence[str]) -> str:
        return self.draws.any_of(name, values, "i")


def _by(column: str, cases: Mapping[str, str], otherwise: str = NULL) -> str:
    """The expression of the code that ``column`` holds."""
    listed = " ".join(f"WHEN {text(code)} THEN {value}" for code, value in cases.items())
    return f"CASE {column} {listed} ELSE {otherwise} END"


def _if(condition: str, value: str) -> str:
    return f"CASE WHEN {condition} THEN {value} END"


def _unless(value: str, usual: str, unsaid: str) -> str:
    """``value``, left out where it is the usual one and is not said."""
    return f"CASE WHEN NOT (({usual}) AND {unsaid}) THEN {value} END"


def _school_id(number: str) -> str:
    """One number for a school among those of every type."""
    begins = {kind: begin for kind, (_, begin) in shares.SCHOOLS.items()}
    return f"({_by('type', begins)} * 100000 + {number})"


def _uai(number: str) -> str:
    start = _by("type", {kind: text(f"{begin}0") for kind, (_, begin) in shares.SCHOOLS.items()})
    letter = f"substring({text(shares.LETTERS)}, 1 + ({number}) % {len(shares.LETTERS)}, 1)"
    return f"({start} || lpad(({number})::VARCHAR, 4, '0') || {letter})"
