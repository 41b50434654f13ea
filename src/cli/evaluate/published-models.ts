import type { Backend } from '../../backends/backend.ts';
import { trainAls } from '../../evaluation/train-als.ts';
import { trainEase } from '../../evaluation/ease.ts';
import { trainPopularity } from '../../evaluation/popularity.ts';
import type { Ranker } from '../../evaluation/ranker.ts';
import type { FitOptions } from '../../model/fit-options.ts';
import type { CsrMatrix } from '../../data/csr-matrix.ts';

/**
 * The columns of the table by the names that they are published under, and the measures that they are: its protocol
 * calls recall what is `recall-capped` elsewhere.
 */
export const publishedColumns = {
  'ndcg@10': 'ndcg@10',
  'ndcg@100': 'ndcg@100',
  'recall@20': 'recall-capped@20',
  'recall@50': 'recall-capped@50',
} as const;
export type PublishedColumn = keyof typeof publishedColumns;

/** A figure for each column, 0–1. */
export type PublishedFigures = Readonly<Record<PublishedColumn, number>>;

/** One row of the table: a model, how to train it, and what an independent referee measured for it. */
export interface EvaluatedModel {
  readonly name: string;
  /** Numbers per factor row; null where the model has none. */
  readonly factors: number | null;
  /**
   * A double-precision implementation of the same model on the same split, with its own random start (which moves
   * ALS by about ± 0.002); null where none was measured.
   */
  readonly referee: PublishedFigures | null;
  /** Trains on users × items. */
  readonly train: (training: CsrMatrix, backend: Backend) => Promise<Ranker>;
  /** False for the models that are no part of the engine: they run without a back end. */
  readonly usesBackend: boolean;
}

/** The settings of an implicit ALS row; the rest is the engine's default. */
export type AlsSettings = Required<
  Pick<FitOptions, 'factors' | 'epochs' | 'regularization' | 'unobservedWeight' | 'exponent' | 'seed'>
>;

/** What every ALS row has unless it says otherwise. */
export const defaultAlsSettings: AlsSettings = {
  factors: 64,
  epochs: 12,
  regularization: 0.001,
  unobservedWeight: 1,
  exponent: 1,
  seed: 1,
};

const figures = (ndcg10: number, ndcg100: number, recall20: number, recall50: number): PublishedFigures => ({
  'ndcg@10': ndcg10,
  'ndcg@100': ndcg100,
  'recall@20': recall20,
  'recall@50': recall50,
});

export const popularityModel: EvaluatedModel = {
  name: 'popularity',
  factors: null,
  referee: figures(0.1731, 0.2096, 0.1657, 0.2138),
  train: async (training) => trainPopularity(training),
  usesBackend: false,
};

export const easeModel: EvaluatedModel = {
  name: 'EASE λ=200',
  factors: null,
  referee: figures(0.3764, 0.4099, 0.3513, 0.4145),
  train: async (training) => trainEase(training, { lambda: 200 }),
  usesBackend: false,
};

/** The three ALS rows that the project's figures are stated for. */
const publishedAls: readonly { readonly settings: AlsSettings; readonly referee: PublishedFigures }[] = [
  {
    settings: { ...defaultAlsSettings, unobservedWeight: 0.3, regularization: 0.003 },
    referee: figures(0.3579, 0.4021, 0.3473, 0.416),
  },
  { settings: defaultAlsSettings, referee: figures(0.367, 0.4046, 0.348, 0.4135) },
  {
    settings: { ...defaultAlsSettings, factors: 128, regularization: 0.002 },
    referee: figures(0.3764, 0.4088, 0.3502, 0.4174),
  },
];

/** Implicit ALS by the product's own engine: trainer, fold-in and top-k of the given back end. */
export function alsModel(options: Partial<AlsSettings>): EvaluatedModel {
  const settings = { ...defaultAlsSettings, ...options };
  const { factors, epochs, regularization, unobservedWeight, exponent, seed } = settings;
  const published = publishedAls.find((row) =>
    (Object.keys(defaultAlsSettings) as (keyof AlsSettings)[]).every(
      (name) => name === 'seed' || row.settings[name] === settings[name],
    ),
  );
  const extras = [
    ...(exponent === 1 ? [] : [`ν=${exponent}`]),
    ...(epochs === 12 ? [] : [`${epochs} epochs`]),
    ...(seed === 1 ? [] : [`seed ${seed}`]),
  ];
  return {
    name: ['iALS', `k=${factors}`, `α₀=${unobservedWeight}`, `λ=${regularization}`, ...extras].join(' '),
    factors,
    referee: published?.referee ?? null,
    train: (training, backend) => trainAls(training, { ...settings, feedback: 'presence', backend }),
    usesBackend: true,
  };
}

/** Everything that `npm run evaluate` shows without arguments, weakest first. */
export const publishedModels: readonly EvaluatedModel[] = [
  popularityModel,
  ...publishedAls.map(({ settings }) => alsModel(settings)),
  easeModel,
];
