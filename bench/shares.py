"""How often each thing is found among teachers, in thousandths.

The shares are those of the French secondary schools, rounded: enough for a campaign to do the work
that it does on real services. An empty code stands for nothing written.
"""

from __future__ import annotations

CORPS = {
    "certifie": 565, "agrege": 130, "plp": 140, "peps": 70, "agrege_eps": 10,
    "chaire_superieure": 6, "adjoint_enseignement": 3, "pegc": 2, "cpe": 40, "psyen": 14,
    "professeur_ecoles": 20,
}  # fmt: skip
STATUTS = {"titulaire": 845, "stagiaire": 30, "contractuel": 120, "maitre_auxiliaire": 5}
GRADES = {"classe_normale": 570, "hors_classe": 318, "classe_exceptionnelle": 110, "": 2}
FONCTIONS = {
    "certifie": {"enseignant": 943, "documentaliste": 55, "ddfpt": 2},
    "agrege": {"enseignant": 995, "ddfpt": 5},
    "plp": {"enseignant": 990, "ddfpt": 10},
    "cpe": {"cpe": 1000},
    "psyen": {"psyen": 1000},
}
TYPES = {
    "certifie": {"college": 620, "lgt": 310, "lpo": 70},
    "agrege": {"college": 200, "lgt": 700, "lpo": 100},
    "plp": {"lp": 720, "lpo": 200, "college": 60, "erea": 20},
    "peps": {"college": 600, "lgt": 230, "lp": 110, "lpo": 60},
    "agrege_eps": {"college": 300, "lgt": 600, "lpo": 100},
    "chaire_superieure": {"lgt": 1000},
    "pegc": {"college": 1000},
    "cpe": {"college": 530, "lgt": 270, "lp": 140, "lpo": 60},
    "professeur_ecoles": {"college": 850, "erea": 150},
}
USUAL_TYPES = {"college": 650, "lgt": 350}
# How many schools of each type, and how their numbers begin.
SCHOOLS = {
    "college": (5000, "21"),
    "lgt": (1500, "22"),
    "lp": (800, "23"),
    "lpo": (400, "24"),
    "erea": (80, "25"),
}
LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
COMMUNES = (
    "Marseille", "Lyon", "Toulouse", "Nice", "Nantes", "Montpellier", "Strasbourg", "Bordeaux",
    "Lille", "Rennes", "Reims", "Saint-Étienne", "Le Havre", "Toulon", "Grenoble", "Dijon",
    "Angers", "Nîmes", "Villeurbanne", "Saint-Denis", "Aix-en-Provence", "Le Mans",
    "Clermont-Ferrand", "Brest", "Tours", "Amiens", "Limoges", "Annecy", "Perpignan", "Besançon",
    "Metz", "Orléans", "Rouen", "Mulhouse", "Caen", "Nancy", "Argenteuil", "Montreuil", "Roubaix",
    "Avignon", "Poitiers", "Créteil", "Pau", "La Rochelle", "L'Haÿ-les-Roses",
    "Saint-Rémy-de-Provence", "Aubagne", "Martigues",
)  # fmt: skip
DISCIPLINES = {
    "certifie": {
        "mathematiques": 170, "lettres_modernes": 160, "lettres_classiques": 25,
        "histoire_geographie": 140, "anglais": 130, "espagnol": 65, "allemand": 30, "italien": 8,
        "autre_langue": 7, "svt": 70, "physique_chimie": 75, "technologie": 50,
        "arts_plastiques": 35, "education_musicale": 35,
    },
    "agrege": {
        "mathematiques": 180, "physique_chimie": 140, "svt": 80, "histoire_geographie": 110,
        "lettres_modernes": 90, "lettres_classiques": 50, "philosophie": 70, "anglais": 100,
        "espagnol": 35, "allemand": 30, "ses": 40, "economie_gestion": 30, "sii": 35,
        "arts_plastiques": 10,
    },
    "plp": {
        "lettres_histoire": 210, "maths_sciences": 190, "economie_gestion": 130, "vente": 80,
        "anglais": 60, "genie_mecanique": 70, "genie_electrique": 60, "genie_civil": 50,
        "hotellerie": 45, "stms": 40, "biotechnologies": 25, "esthetique": 15,
        "sciences_techniques": 15, "arts_plastiques": 10,
    },
    "peps": {"eps": 1000},
    "agrege_eps": {"eps": 1000},
    "chaire_superieure": {
        "mathematiques": 350, "physique_chimie": 250, "lettres_modernes": 100, "philosophie": 80,
        "histoire_geographie": 80, "anglais": 60, "sii": 80,
    },
    "professeur_ecoles": {"autre": 1000},
}  # fmt: skip
USUAL_DISCIPLINES = {"lettres_modernes": 400, "mathematiques": 300, "histoire_geographie": 300}
DISCIPLINES_DE_LYCEE = {  # of the certified teachers who are not in colleges
    "ses": 200, "philosophie": 150, "economie_gestion": 250, "sii": 200, "nsi": 60, "stms": 90,
    "biotechnologies": 50,
}  # fmt: skip
# What is taught, by the kind of classes that the teacher has.
NIVEAUX = {
    "college": {"sixieme": 265, "cinquieme": 250, "quatrieme": 240, "troisieme": 240, "ulis": 5},
    "segpa": {"segpa": 850, "ulis": 150},
    "erea": {"segpa": 500, "cap_1": 250, "cap_2": 250},
    "gt": {
        "seconde_gt": 360, "premiere_generale": 250, "terminale_generale": 230,
        "premiere_technologique": 79, "terminale_technologique": 80, "": 1,
    },
    "sts": {
        "sts_1": 280, "sts_2": 270, "formation_superieure_assimilee": 10,
        "terminale_technologique": 160, "premiere_technologique": 160, "seconde_gt": 120,
    },
    "cpge": {"cpge_1": 500, "cpge_2": 500},
    "mixte": {"cpge_1": 250, "cpge_2": 200, "terminale_generale": 300, "premiere_generale": 250},
    "pro": {
        "seconde_pro": 260, "premiere_pro": 250, "terminale_pro": 250, "cap_1": 120, "cap_2": 110,
        "mlds": 10,
    },
    "cdi": {"sixieme": 500, "seconde_gt": 480, "autre": 20},  # besides the hours in the library
}  # fmt: skip
NIVEAUX_PP = {
    "college": {"sixieme": 250, "cinquieme": 250, "quatrieme": 250, "troisieme": 250},
    "pro": {
        "seconde_pro": 250,
        "premiere_pro": 250,
        "terminale_pro": 250,
        "cap_1": 130,
        "cap_2": 120,
    },
}
USUAL_NIVEAUX_PP = {"seconde_gt": 400, "premiere_gt": 300, "terminale_gt": 300}
# Pupils of a school: the least, and below what each of three draws stays.
TAILLES = {
    "college": (180, 260),
    "lgt": (500, 500),
    "lp": (150, 220),
    "lpo": (450, 450),
    "erea": (60, 40),
}
# Pupils of a class: the least, and below what each of three draws stays.
EFFECTIFS = {
    "college": (16, 7),
    "segpa": (9, 5),
    "erea": (6, 4),
    "gt": (22, 7),
    "sts": (14, 8),
    "cpge": (30, 10),
    "mixte": (27, 9),
    "pro": (10, 6),
    "cdi": (16, 7),
}
LIGNES = {"2": 20, "3": 110, "4": 250, "5": 290, "6": 190, "7": 90, "8": 40, "9": 10}
LIGNES_EN_CPGE = {"2": 350, "3": 450, "4": 200}
# Half hours given beyond the full service, and below it.
DEMI_HEURES_EN_PLUS = {
    "-2": 30, "-1": 40, "0": 350, "1": 90, "2": 240, "3": 60, "4": 130, "6": 50, "8": 10,
}  # fmt: skip
# Half hours of a full service.
DUS = {
    "agrege": "30",
    "peps": "40",
    "agrege_eps": "34",
    "chaire_superieure": "18",
    "professeur_ecoles": "42",
}
QUOTITES = {  # millionths; 15/18 and 10/18 are not round
    "800000": 450, "500000": 250, "900000": 60, "600000": 50, "700000": 50, "750000": 60,
    "833333": 50, "555556": 30,
}  # fmt: skip
MISSIONS = {
    "9102": 300, "9142": 90, "9162": 110, "9182": 50, "9152": 70, "9172": 30, "9132": 40,
    "9112": 30, "9122": 60, "9012": 60, "9042": 50, "9072": 30, "9082": 60, "9202": 20,
}  # fmt: skip
# Amounts in cents; one in fifty is none of those that the rules allow.
TAUX = {
    "9102": {"62500": 400, "125000": 480, "250000": 100, "100000": 20},
    "9122": {"125000": 700, "250000": 300},
    "9142": {"125000": 700, "250000": 200, "375000": 100},
    "9152": {"62500": 600, "125000": 400},
    "9172": {"31250": 500, "62500": 500},
}
USUAL_TAUX = {"31250": 200, "62500": 300, "125000": 350, "250000": 100, "375000": 30, "100000": 20}
TAUX_AS = {"9112": "9102", "9132": "9102", "9182": "9102", "9162": "9142"}
PACTE = {
    "remplacement_courte_duree": 450, "devoirs_faits": 150, "stage_de_reussite": 60,
    "soutien_sixieme": 80, "decouverte_des_metiers": 50, "ecole_ouverte": 30,
    "projet_pedagogique": 90, "eleves_besoins_particuliers": 50, "accompagnement_orientation": 30,
    "autre": 10,
}  # fmt: skip
CONGES = {
    "maladie_ordinaire": 450, "maternite": 250, "longue_maladie": 80, "longue_duree": 50,
    "formation_professionnelle": 70, "paternite": 60, "adoption": 10, "annuel": 10, "autre": 20,
}  # fmt: skip
MOTIFS_HSE = {
    "remplacement_court": 600, "prolongement_pedagogique": 150, "tutelle_pedagogique": 80,
    "coordination_synthese": 70, "autre": 100,
}  # fmt: skip
