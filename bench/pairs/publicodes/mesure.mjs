// Mesure Publicodes : un fichier de dossiers en JSON entre, une ligne de JSON sort.
//
//     node mesure.mjs ENVIRONNEMENT DOSSIERS TOURS

import {readFileSync} from 'node:fs'
import {createRequire} from 'node:module'
import {resolve} from 'node:path'
import {pathToFileURL} from 'node:url'

import {REGLES, RESULTATS, situation} from './tache.mjs'

const [environnement, fichier, tours] = process.argv.slice(2)
const chercher = createRequire(pathToFileURL(`${resolve(environnement)}/`))
const {default: Engine} = await import(pathToFileURL(chercher.resolve('publicodes')))

const dossiers = JSON.parse(readFileSync(fichier, 'utf-8'))
const silence = {log() {}, warn() {}, error() {}}
const moteur = new (Engine.default ?? Engine)(REGLES, {logger: silence})
const noms = Object.values(RESULTATS)

const secondes = []
let resultats = []
for (let tour = 0; tour < Number(tours); tour++) {
  const debut = process.hrtime.bigint()
  resultats = dossiers.map((dossier) => {
    moteur.setSituation(situation(dossier))
    return [dossier.id, ...noms.map((nom) => moteur.evaluate(nom).nodeValue)]
  })
  secondes.push(Number(process.hrtime.bigint() - debut) / 1e9)
}
const memoire_mo = Math.trunc((process.resourceUsage().maxRSS * 1024) / 1e6)
console.log(JSON.stringify({secondes, memoire_mo, resultats}))
