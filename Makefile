# Les commandes du projet. « make » seul affiche l'aide.

.DEFAULT_GOAL := aide
.PHONY: aide exemple verifier attaques bench verrous propre
.DELETE_ON_ERROR:

# Le chemin réel de l'interpréteur : un « python3.11 » présent mais qui ne démarre pas ne compte pas.
PYTHON ?= $(shell python3.11 -c 'import sys; print(sys.executable)' 2>/dev/null || echo python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
COMPILER := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--generate-hashes --custom-compile-command 'make verrous'

aide: ## affiche cette aide
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

exemple: $(VENV)/.reglo ## prépare tout, calcule exemples/ et explique un résultat
	$(BIN)/reglo calculer exemples/lycee.yaml
	@echo; echo "Des fautes de saisie : les dossiers qui en ont sont refusés, les autres calculés (code de sortie 1)."
	$(BIN)/reglo calculer exemples/erreurs.yaml || test $$? -eq 1
	@echo; echo "Les dix exemples d'une source, puis l'explication de l'un d'eux."
	$(BIN)/reglo calculer exemples/circulaire.yaml --resultats ors,ponderation,hsa
	$(BIN)/reglo expliquer exemples/circulaire.yaml --dossier MIXTE-2-au-dela-du-maximum --resultat ponderation

# Les essais démarrent des centaines de processus, et n'écrivent pas de code compilé : il l'est avant.
# Chaque processus prend une moitié des essais, dans l'ordre ; le premier qui a fini prend à l'autre ceux qui lui restent.
verifier: $(VENV)/.outils ## prépare tout et lance tous les contrôles : style, types, tests, règles, cas
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/python -m compileall -q cli.py engine
	$(BIN)/mypy & types=$$!; $(BIN)/reglo valider && $(BIN)/reglo muter && wait $$types
	$(BIN)/pytest --numprocesses 2 --dist worksteal

attaques: $(VENV)/.outils ## attaque réglo une demi-heure, au hasard (OPTIONS="--minutes 5 --graine 2")
	$(BIN)/python -m tests.attaques.longue --minutes 30 --graine 1 $(OPTIONS)

bench: $(VENV)/.reglo ## mesure tout et écrit docs/performances.md (OPTIONS=--rapide : pour essayer)
	$(BIN)/python bench/performances.py $(OPTIONS)

verrous: $(VENV)/.outils ## recalcule les verrous (OPTIONS=--upgrade : vers les dernières versions)
	$(COMPILER) $(OPTIONS) --group construction --output-file requirements.lock
	$(COMPILER) $(OPTIONS) --group dev --constraints requirements.lock --output-file requirements-dev.lock

propre: ## efface l'environnement et ce qui a été construit
	rm -rf $(VENV) bench/.donnees bench/.envs build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Le pip et le setuptools que Python y met sont anciens : le verrou remplace l'un, rien n'emploie l'autre.
# L'environnement n'est refait que si un verrou change, réglo réinstallé que si sa déclaration change.
$(VENV)/.verrou: requirements.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "il faut Python 3.11 ou plus récent")'
	$(PYTHON) -m venv --clear $(VENV)
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) uninstall --yes setuptools
	@touch $@

$(VENV)/.reglo: $(VENV)/.verrou pyproject.toml
	$(PIP) install --no-build-isolation --no-deps -e .
	@touch $@

$(VENV)/.outils: $(VENV)/.reglo requirements-dev.lock
	$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@
