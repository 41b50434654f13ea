import { batch, computed, signal } from '@preact/signals';
import type { Diagnostics, NewInteractionEvent, Preference, Recommender, ScoringTimings } from '../../index.ts';
import { composeRows, type FilmRow } from '../compose-rows.ts';
import type { FilmCatalogue } from '../film.ts';
import type { FilmLibrary } from '../film-library.ts';
import { DialogStack } from './dialog-stack.ts';
import { describeFailure, type Failure } from './failure.ts';
import { ToastModel } from './toast-model.ts';
import { TrainingModel } from './training-model.ts';

export type Phase = 'loading' | 'picker' | 'ready' | 'error';

/** What the last action cost, from the visitor's hand to the changed page. */
export interface LastAction {
  readonly name: string;
  readonly totalMs: number;
  readonly timings: ScoringTimings;
}

/** Films a re-ranking asks for: enough for every row. */
const listLength = 140;
/** "Not interested" is a dislike that counts this much: a hint, where "dislike" is a verdict. */
const notInterestedStrength = 0.3;

/**
 * The state of the page and everything that a visitor can do on it. An action is stored first, then the list is
 * asked for again, then the rows change, all within one `performance.measure('action')`.
 */
export class PageModel {
  readonly phase = signal<Phase>('loading');
  readonly failure = signal<Failure | null>(null);
  readonly preferences = signal<ReadonlyMap<string, Preference>>(new Map());
  readonly rows = signal<readonly FilmRow[]>([]);
  readonly starterIds = signal<readonly string[]>([]);
  readonly diagnostics = signal<Diagnostics | null>(null);
  readonly lastAction = signal<LastAction | null>(null);
  /** True while a list is being asked for. */
  readonly isRanking = signal(false);
  /** Counts changes of the history or the model, for dialogs that must ask again. */
  readonly revision = signal(0);
  readonly toasts = new ToastModel();
  readonly dialogs = new DialogStack();
  readonly training: TrainingModel;
  /** Films in use: what the list is made from. */
  readonly usedCount = computed(
    () => [...this.preferences.value.values()].filter(({ strength }) => strength !== 0).length,
  );

  /** True where a visitor without a history asked for popular films instead of the picker. */
  #skipsPicking = false;
  #ownChanges = 0;
  #rankings = 0;
  #commitWaiters: (() => void)[] = [];

  constructor(
    readonly recommender: Recommender,
    readonly catalogue: FilmCatalogue,
    readonly library: FilmLibrary,
  ) {
    this.training = new TrainingModel({
      recommender,
      ratings: () => library.ratings(),
      onModel: () => this.#modelChanged(),
      onNotice: (text) => this.toasts.show(text, { tone: 'problem' }),
    });
    recommender.history.subscribe((change) => {
      this.#readPreferences();
      // This tab's own actions re-rank by themselves and say so.
      if (this.#ownChanges > 0) return;
      if (change.added.length + change.deleted.length === 0 && !change.forgotten) return;
      void this.#changedElsewhere();
    });
  }

  titleOf(itemId: string): string {
    return this.catalogue.film(itemId).title;
  }

  /** The first rows, or the picker where nothing is known of the visitor. */
  async start(): Promise<void> {
    this.#readPreferences();
    await this.#rank();
    this.diagnostics.value = await this.recommender.diagnostics();
  }

  /** Leaves the picker with what was picked: a rating where stars were given, otherwise a like. */
  async finishPicking(picks: ReadonlyMap<string, number | null>): Promise<void> {
    const events = [...picks].map(([itemId, stars]): NewInteractionEvent =>
      stars === null ? { type: 'like', itemId } : { type: 'rating', itemId, value: stars },
    );
    await this.#act({ name: 'pick', said: `Your rows are made from ${events.length} films.`, events });
  }

  /** Shows what is popular instead of asking. */
  async skipPicking(): Promise<void> {
    this.#skipsPicking = true;
    await this.#guard(() => this.#rank());
  }

  rate(itemId: string, stars: number): Promise<void> {
    const said = `Rated ${this.titleOf(itemId)} ${stars} ${stars === 1 ? 'star' : 'stars'}.`;
    return this.#act({ name: 'rate', said, events: [{ type: 'rating', itemId, value: stars }] });
  }

  like(itemId: string): Promise<void> {
    return this.#act({ name: 'like', said: `Liked ${this.titleOf(itemId)}.`, events: [{ type: 'like', itemId }] });
  }

  dislike(itemId: string): Promise<void> {
    return this.#act({
      name: 'dislike',
      said: `Disliked ${this.titleOf(itemId)}.`,
      events: [{ type: 'dislike', itemId }],
    });
  }

  notInterested(itemId: string): Promise<void> {
    const events: NewInteractionEvent[] = [{ type: 'dislike', itemId, value: notInterestedStrength }];
    return this.#act({ name: 'not-interested', said: `${this.titleOf(itemId)} will not come back.`, events });
  }

  /** Keeps the film as seen, but out of what the list is made from. */
  dontUse(itemId: string): Promise<void> {
    const events: NewInteractionEvent[] = [
      { type: 'remove', itemId },
      { type: 'view', itemId, value: 0 },
    ];
    return this.#act({ name: 'dont-use', said: `${this.titleOf(itemId)} is no longer used.`, events });
  }

  /** Deletes all that was said of a film. */
  forgetFilm(itemId: string): Promise<void> {
    return this.#change({
      name: 'forget-film',
      said: `Forgot ${this.titleOf(itemId)}.`,
      write: () => this.recommender.history.deleteItem(itemId),
      canUndo: true,
    });
  }

  forgetAll(): Promise<void> {
    return this.#change({
      name: 'forget-all',
      said: 'Everything is forgotten.',
      write: () => this.recommender.history.forgetAll(),
      canUndo: false,
    });
  }

  async importHistory(text: string): Promise<void> {
    let added = 0;
    await this.#change({
      name: 'import',
      said: () =>
        added === 0 ? 'Nothing new in that file.' : `Imported ${added} ${added === 1 ? 'entry' : 'entries'}.`,
      write: async () => void ({ added } = await this.recommender.history.importJson(text)),
      canUndo: true,
    });
  }

  undo(): Promise<void> {
    return this.#change({
      name: 'undo',
      said: 'Taken back.',
      write: () => this.recommender.history.undo(),
      canUndo: false,
    });
  }

  /** Back to the model that came with the page. */
  async useShippedModel(): Promise<void> {
    await this.training.useShippedModel();
  }

  /** Called by the rows once a change stands in the document. */
  rowsCommitted(): void {
    for (const resolve of this.#commitWaiters.splice(0)) resolve();
  }

  #act(action: { name: string; said: string; events: readonly NewInteractionEvent[] }): Promise<void> {
    return this.#change({ ...action, write: () => this.recommender.history.add(action.events), canUndo: true });
  }

  async #change(action: {
    name: string;
    said: string | (() => string);
    write: () => Promise<unknown>;
    canUndo: boolean;
  }): Promise<void> {
    const start = performance.now();
    this.#ownChanges++;
    try {
      await action.write();
    } catch (error) {
      this.toasts.show(`Not saved: ${messageOf(error)}`, { tone: 'problem' });
      return;
    } finally {
      this.#ownChanges--;
    }
    await this.#guard(async () => {
      const timings = await this.#rank();
      const end = performance.now();
      performance.measure('action', { start, end, detail: { name: action.name } });
      if (timings) this.lastAction.value = { name: action.name, totalMs: end - start, timings };
    });
    const said = typeof action.said === 'string' ? action.said : action.said();
    this.toasts.show(said, { undo: action.canUndo ? () => void this.undo() : null });
  }

  /** A failed re-ranking keeps the rows that are there and says so. */
  async #guard(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (this.phase.value === 'loading') this.fail(error);
      else this.toasts.show(`The rows could not be brought up to date: ${messageOf(error)}`, { tone: 'problem' });
    }
  }

  fail(error: unknown): void {
    batch(() => {
      this.failure.value = describeFailure(error);
      this.phase.value = 'error';
    });
  }

  /** Asks for the list and shows it; resolves when the rows stand in the document. */
  async #rank(): Promise<ScoringTimings | null> {
    const ranking = ++this.#rankings;
    const { history } = this.recommender;
    if (history.preferences().length > 0) this.#skipsPicking = false;
    else if (!this.#skipsPicking) {
      await this.#showPicker();
      return null;
    }
    this.isRanking.value = true;
    try {
      const { items, timings } = await this.recommender.recommend({ count: listLength, reasons: 3 });
      if (ranking !== this.#rankings) return null;
      const rows = composeRows(items, {
        preferences: history.preferences(),
        filmOf: (itemId) => this.catalogue.film(itemId),
        titleOf: (itemId) => this.titleOf(itemId),
      });
      const committed = new Promise<void>((resolve) => this.#commitWaiters.push(resolve));
      batch(() => {
        this.#readPreferences();
        this.rows.value = rows;
        this.phase.value = 'ready';
        this.revision.value++;
        // Forgetting everything takes a model along that was trained with it.
        this.training.isOwnModel.value = this.recommender.usesTrainedModel;
      });
      await committed;
      return timings;
    } finally {
      if (ranking === this.#rankings) this.isRanking.value = false;
    }
  }

  async #showPicker(): Promise<void> {
    if (this.starterIds.value.length === 0) {
      const starters = await this.recommender.starterItems({ count: 48 });
      this.starterIds.value = starters.map(({ itemId }) => itemId);
    }
    batch(() => {
      this.rows.value = [];
      this.phase.value = 'picker';
      this.revision.value++;
      this.training.isOwnModel.value = this.recommender.usesTrainedModel;
      this.dialogs.closeAll();
    });
  }

  async #modelChanged(): Promise<void> {
    await this.#guard(async () => {
      if (this.phase.value === 'ready') await this.#rank();
      else this.revision.value++;
      this.diagnostics.value = await this.recommender.diagnostics();
    });
  }

  async #changedElsewhere(): Promise<void> {
    if (this.phase.value === 'loading' || this.phase.value === 'error') return;
    await this.#guard(() => this.#rank());
    this.toasts.show('Your history changed in another tab; the rows follow it.');
  }

  #readPreferences(): void {
    this.preferences.value = new Map(
      this.recommender.history.preferences().map((preference) => [preference.itemId, preference]),
    );
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
