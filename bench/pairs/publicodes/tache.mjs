// La tâche de référence en Publicodes. Le langage n'a pas de listes : les heures de chaque sorte sont
// additionnées avant lui, en JavaScript, et chaque dossier a deux emplacements de mission.

const TAUX = {
  agrege: [1758.57, 1934.43],
  certifie: [1218.96, 1340.85],
  plp: [1218.96, 1340.85],
  agrege_eps: [1551.68, 1706.85],
  prof_eps: [1097.06, 1206.77],
}
const MAXIMA = {agrege: 15, certifie: 18, plp: 18, agrege_eps: 17, prof_eps: 20}
const MONTANTS_ADMIS = {
  coord_disc: [625, 1250, 2500],
  coord_cycle: [625, 1250, 2500],
  coord_niveau: [1250, 2500],
  ref_numerique: [1250, 2500, 3750],
  ref_decrochage: [625, 1250, 2500],
  ref_culture: [625, 1250],
  tutorat: [312.5, 625],
  coord_eps: [1250, 2500],
  autre: [312.5, 625, 1250, 2500, 3750],
}
const AU_CENTIEME = {arrondi: '2 décimales'}

const parCorps = (valeur) =>
  Object.keys(MAXIMA).map((corps) => ({si: `corps = '${corps}'`, alors: valeur(corps)}))

const admise = (mission) => ({
  variations: [
    ...Object.entries(MONTANTS_ADMIS).map(([code, montants]) => ({
      si: {
        'toutes ces conditions': [
          `${mission} . code = '${code}'`,
          {'une de ces conditions': montants.map((un) => `${mission} . montant = ${un}`)},
        ],
      },
      alors: `${mission} . montant`,
    })),
    {sinon: 0},
  ],
})

export const RESULTATS = {
  ors: 'ors',
  max_reduit: 'maximum réduit',
  ponderation: 'pondération',
  hsa: 'hsa',
  montant_hsa: 'montant hsa',
  indemnite: 'indemnité',
  imp: 'imp',
  total: 'total',
}

export const REGLES = {
  corps: null,
  grade: null,
  quotité: null,
  communes: null,
  établissements: null,
  'laboratoire sans personnel': null,
  heures: null,
  'heures de laboratoire': null,
  'heures de terminale': null,
  'heures de sts': null,
  'heures de rep': null,
  'heures de cpge': null,
  'heures chargées': null,
  'mission 1': null,
  'mission 1 . code': null,
  'mission 1 . montant': null,
  'mission 2': null,
  'mission 2 . code': null,
  'mission 2 . montant': null,

  maximum: {variations: parCorps((corps) => MAXIMA[corps])},
  ors: 'maximum * quotité',
  'réduction de lieux': {
    variations: [
      {si: {'une de ces conditions': ['communes >= 2', 'établissements >= 3']}, alors: 1},
      {sinon: 0},
    ],
  },
  'réduction de laboratoire': {
    variations: [
      {
        si: {'toutes ces conditions': ['heures de laboratoire >= 8', 'laboratoire sans personnel']},
        alors: 1,
      },
      {sinon: 0},
    ],
  },
  'maximum réduit': 'ors - réduction de lieux - réduction de laboratoire',

  'terminale pondérée': {valeur: 'heures de terminale', plafond: 10},
  pondérables: {
    somme: ['terminale pondérée', 'heures de sts', 'heures de rep', 'heures de cpge'],
  },
  'pondération brute': {
    somme: [
      'terminale pondérée * 0.1',
      'heures de sts * 0.25',
      'heures de rep * 0.1',
      'heures de cpge * 0.5',
    ],
  },
  pondération: {
    variations: [
      {
        si: 'pondérables > maximum réduit',
        alors: 'pondération brute * maximum réduit / pondérables',
      },
      {sinon: 'pondération brute'},
    ],
    ...AU_CENTIEME,
  },

  hsa: {valeur: 'heures + pondération - maximum réduit', plancher: 0},
  taux: {
    variations: parCorps((corps) => ({
      variations: [
        {si: "grade = 'classe_normale'", alors: TAUX[corps][0]},
        {sinon: TAUX[corps][1]},
      ],
    })),
  },
  'taux de la première': {valeur: 'taux * 1.2', ...AU_CENTIEME},
  'première hsa': {valeur: 'hsa', plafond: 1},
  'hsa suivantes': {valeur: 'hsa - 1', plancher: 0},
  'montant hsa': {
    somme: ['première hsa * taux de la première', 'hsa suivantes * taux'],
    ...AU_CENTIEME,
  },

  indemnité: {variations: [{si: 'heures chargées >= 6', alors: 1250}, {sinon: 0}]},
  'imp 1': admise('mission 1'),
  'imp 2': admise('mission 2'),
  imp: 'imp 1 + imp 2',
  total: 'montant hsa + indemnité + imp',
}

const heures = (lignes, retenue) =>
  lignes.reduce((total, ligne) => (retenue(ligne) ? total + ligne.heures : total), 0)

const oui = (condition) => (condition ? 'oui' : 'non')

const emplacement = (numero, mission) => ({
  [`mission ${numero} . code`]: `'${mission ? mission.code : 'aucune'}'`,
  [`mission ${numero} . montant`]: mission ? mission.montant : 0,
})

export const situation = ({lignes, missions, ...un}) => ({
  corps: `'${un.corps}'`,
  grade: `'${un.grade}'`,
  quotité: un.quotite,
  communes: un.nb_communes,
  établissements: un.nb_etablissements,
  'laboratoire sans personnel': oui(un.labo_sans_personnel),
  heures: heures(lignes, () => true),
  'heures de laboratoire': heures(lignes, (l) => ['SVT', 'SPC'].includes(l.discipline)),
  'heures de terminale': heures(lignes, (l) => ['premiere_gt', 'terminale_gt'].includes(l.niveau)),
  'heures de sts': heures(lignes, (l) => l.niveau === 'sts'),
  'heures de rep': heures(lignes, (l) => l.rep_plus),
  'heures de cpge': heures(lignes, (l) => l.niveau === 'cpge'),
  'heures chargées': heures(lignes, (l) => l.effectif > 35),
  ...emplacement(1, missions[0]),
  ...emplacement(2, missions[1]),
})
