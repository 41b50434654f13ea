import { expect, test, vi } from 'vitest';
import { DisposedError, InvalidDataError, InvalidEventError } from '../../../src/errors.ts';
import { preferencesOf } from '../../../src/history/preferences.ts';
import { file, good, openHistory, openInMemory } from '../../support/history-stores.ts';

for (const [kind, open] of [
  ['indexeddb', openHistory],
  ['memory', openInMemory],
] as const) {
  test(`${kind}: add fills in id and time, and keeps value and type`, async () => {
    const history = await open();
    const before = Date.now();
    const [event] = await history.add({ type: 'rating', itemId: '10', value: 4.5 });
    expect(event).toStrictEqual({
      id: expect.any(String),
      ts: expect.any(Number),
      type: 'rating',
      itemId: '10',
      value: 4.5,
    });
    expect(event!.ts).toBeGreaterThanOrEqual(before);
    expect(history.events).toStrictEqual([event]);
    expect(history.persistence).toBe(kind);
    expect(history.persistenceReason === null).toBe(kind === 'indexeddb');
  });

  test(`${kind}: the same id twice is one event, and the first stays`, async () => {
    const history = await open();
    await history.add({ id: 'a', ts: 5, type: 'like', itemId: '10' });
    const told = vi.fn();
    history.subscribe(told);
    await history.add([
      { id: 'a', ts: 6, type: 'dislike', itemId: '10' },
      { id: 'a', ts: 7, type: 'dislike', itemId: '10' },
    ]);
    expect(history.events).toStrictEqual([{ id: 'a', ts: 5, type: 'like', itemId: '10' }]);
    expect(told).not.toHaveBeenCalled();
    expect(await history.undo()).toBe(true); // the second add changed nothing, so this takes back the first
    expect(history.events).toStrictEqual([]);
  });

  test(`${kind}: events are in the order of time, then id, however they were added`, async () => {
    const history = await open();
    await history.add({ id: 'b', ts: 20, type: 'like', itemId: '1' });
    await history.add([
      { id: 'c', ts: 10, type: 'like', itemId: '2' },
      { id: 'a', ts: 20, type: 'like', itemId: '3' },
    ]);
    expect(history.events.map((event) => event.id)).toEqual(['c', 'a', 'b']);
  });

  test(`${kind}: the newest word counts, in the same millisecond and after the clock was set back`, async () => {
    const history = await open();
    await history.add([
      { type: 'like', itemId: '10' },
      { type: 'dislike', itemId: '10' },
    ]);
    expect(history.preferences()).toMatchObject([{ itemId: '10', strength: -1 }]);
    vi.spyOn(Date, 'now').mockReturnValue(1000);
    await history.add({ type: 'rating', itemId: '10', value: 5 });
    expect(history.preferences()).toMatchObject([{ itemId: '10', strength: 1, stars: 5 }]);
  });

  test(`${kind}: a wrong event changes nothing`, async () => {
    const history = await open();
    const wrong = history.add([
      { type: 'like', itemId: '10' },
      { type: 'rating', itemId: '11', value: 7 },
    ]);
    await expect(wrong).rejects.toThrow(InvalidEventError);
    await expect(history.add(null as never)).rejects.toThrow('An event must be an object, got null.');
    expect(history.events).toEqual([]);
    expect(history.canUndo).toBe(false);
  });

  test(`${kind}: undo takes back adds and deletes, newest first`, async () => {
    const history = await open();
    const [first] = await history.add({ type: 'like', itemId: '1' });
    const [second] = await history.add({ type: 'like', itemId: '2' });
    expect(await history.delete(first!.id)).toBe(true);
    expect(history.events).toStrictEqual([second]);
    expect(await history.undo()).toBe(true);
    expect(history.events).toStrictEqual([first, second]);
    expect(await history.undo()).toBe(true);
    expect(history.events).toStrictEqual([first]);
    expect(await history.undo()).toBe(true);
    expect(history.events).toStrictEqual([]);
    expect(history.canUndo).toBe(false);
    expect(await history.undo()).toBe(false);
  });

  test(`${kind}: delete and deleteItem say what was there`, async () => {
    const history = await open();
    await history.add([
      { id: 'a', type: 'view', itemId: '1' },
      { id: 'b', type: 'like', itemId: '1' },
      { id: 'c', type: 'like', itemId: '2' },
    ]);
    expect(await history.delete('none')).toBe(false);
    expect(await history.deleteItem('3')).toBe(0);
    expect(await history.deleteItem('1')).toBe(2);
    expect(history.events.map((event) => event.id)).toEqual(['c']);
  });

  test(`${kind}: forgetAll leaves nothing, waits for the rest, and cannot be undone`, async () => {
    const order: string[] = [];
    const history = await open({
      onForgotten: async () => {
        order.push('start');
        await Promise.resolve();
        order.push('end');
      },
    });
    await history.add({ type: 'like', itemId: '1' });
    history.subscribe(({ forgotten, deleted }) => order.push(`told ${forgotten} ${deleted.length}`));
    await history.forgetAll();
    expect(order).toEqual(['start', 'told true 1', 'end']);
    expect(history.events).toEqual([]);
    expect(history.preferences()).toEqual([]);
    expect(await history.undo()).toBe(false);
  });

  test(`${kind}: export and import round trip`, async () => {
    const history = await open();
    await history.add([
      { id: 'a', ts: 1, type: 'rating', itemId: '1', value: 0.5 },
      { id: 'b', ts: 2, type: 'dislike', itemId: 'é"\\\n' },
      { id: 'c', ts: 3.25, type: 'remove', itemId: '1' },
      { id: 'd', ts: 4, type: 'view', itemId: '2', value: 0 },
    ]);
    const events = history.events;
    const text = history.exportJson();
    await history.forgetAll();
    await history.add({ id: 'b', ts: 2, type: 'dislike', itemId: 'é"\\\n' });
    expect(await history.importJson(text)).toEqual({ added: 3, duplicates: 1 });
    expect(history.events).toStrictEqual(events);
    expect(await history.importJson(text)).toEqual({ added: 0, duplicates: 4 });
    await history.undo();
    expect(history.events.map((event) => event.id)).toEqual(['b']);
  });

  test(`${kind}: preferences are those of the events, and cached until they change`, async () => {
    const history = await open();
    await history.add({ type: 'rating', itemId: '1', value: 4 });
    const first = history.preferences();
    expect(history.preferences()).toBe(first);
    expect(first).toEqual(preferencesOf(history.events));
    await history.add({ type: 'like', itemId: '2' });
    expect(history.preferences()).not.toBe(first);
    expect(history.preferences()).toHaveLength(2);
  });

  test(`${kind}: an ended subscription hears nothing; calls after dispose are refused`, async () => {
    const history = await open();
    const told = vi.fn();
    const end = history.subscribe(told);
    await history.add({ type: 'like', itemId: '1' });
    expect(told).toHaveBeenCalledTimes(1);
    end();
    await history.add({ type: 'like', itemId: '2' });
    expect(told).toHaveBeenCalledTimes(1);
    history.dispose();
    history.dispose();
    await expect(history.add({ type: 'like', itemId: '1' })).rejects.toThrow(DisposedError);
  });
}

test.each([
  ['not json', '{', /^The file is not JSON: /],
  ['null', 'null', /"format" must be "pocketrec-history"/],
  ['another format', '{"format":"other","version":1,"events":[]}', /"format" must be/],
  ['a newer version', '{"format":"pocketrec-history","version":2,"events":[]}', /version 2; this page reads version 1/],
  ['no version', '{"format":"pocketrec-history","events":[]}', /of version undefined/],
  ['events not a list', '{"format":"pocketrec-history","version":1,"events":{}}', /"events" must be a list/],
  ['an entry that is no object', file([good(1), 7]), /^Entry 2 .* An event must be an object, got 7/],
  ['an entry without id', file([{ ...good(1), id: '' }]), /^Entry 1 .* id must be a non-empty string, got ""/],
  ['an unknown type', file([good(1), good(2), { ...good(3), type: 'love' }]), /^Entry 3 .* type must be one of/],
  ['an empty item', file([{ ...good(1), itemId: '' }]), /^Entry 1 .* itemId must be/],
  ['a time that is no number', file([{ ...good(1), ts: '5' }]), /^Entry 1 .* ts must be milliseconds/],
  ['a rating out of range', file([{ ...good(1), type: 'rating', value: 5.5 }]), /^Entry 1 .* from 0.5 to 5, got 5.5/],
  ['a rating without stars', file([{ ...good(1), type: 'rating' }]), /^Entry 1 .* got undefined/],
  ['one id, two events', file([good(1), { ...good(1), ts: 9 }]), /^Entries 1 and 2 have the same id "e1" but differ/],
])('import refuses %s, and nothing is imported', async (_what, text, message) => {
  const history = await openHistory();
  await history.add({ id: 'kept', ts: 1, type: 'like', itemId: '1' });
  const result = history.importJson(text);
  await expect(result).rejects.toThrow(InvalidDataError);
  await expect(result).rejects.toThrow(message);
  expect(history.events.map((event) => event.id)).toEqual(['kept']);
});
