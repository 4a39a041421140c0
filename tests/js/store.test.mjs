import assert from "node:assert/strict";
import { test } from "node:test";

import { Outbox } from "../../study/static/js/outbox.js";
import { forgetStore, openStore } from "../../study/static/js/store.js";
import { closeAll, factory, newDisk, range } from "./indexeddb.mjs";

const answer = (position) => ({ kind: "trial", position, status: "answered", ratings: [] });
const never = () => new Promise(() => {});

/** The store of a page just opened on this disk; seeded, so that lanes of numbers are known. */
function opened(disk, { random = seeded(1), wait = never, tell } = {}) {
  return openStore("x", { scope: { indexedDB: factory(disk), IDBKeyRange: range }, random, wait, tell });
}

function seeded(state) {
  return () => ((state = (state * 1103515245 + 12345) % 2147483648) / 2147483648);
}

const positions = (messages) => messages.map(({ position }) => position);

test("what is added is on the disk before it is said to be", async () => {
  const disk = newDisk();
  const store = await opened(disk);
  assert.equal(store.durable, true);
  await store.add("s", answer(1));
  assert.deepEqual(positions([...disk.stores.messages.values()]), [1]);
});

test("after a reload everything unsent is there, and numbers go on", async () => {
  const disk = newDisk();
  const before = await opened(disk);
  const numbers = [await before.add("s", answer(1)), await before.add("s", answer(2))];
  const after = await opened(disk, { random: seeded(9) });
  assert.deepEqual(positions(await after.pending("s")), [1, 2]);
  assert.equal(await after.add("s", answer(3)), numbers[1] + 1);
  assert.deepEqual(await after.pending("other session"), []);
});

test("two browsers of one session do not count alike", async () => {
  const numbers = new Set();
  for (let device = 1; device <= 50; device += 1) {
    const store = await opened(newDisk(), { random: seeded(device) });
    for (let position = 1; position <= 20; position += 1) numbers.add(await store.add("s", answer(position)));
  }
  assert.equal(numbers.size, 1000);
  assert.ok(Math.max(...numbers) < 2 ** 31 && Math.min(...numbers) >= 1);
});

test("on a full disk answers stay in memory and go to the disk when there is room", async () => {
  const disk = newDisk();
  const told = [];
  const store = await opened(disk, { tell: (durable) => told.push(durable) });
  const first = await store.add("s", answer(1));
  disk.room = 1;
  await store.add("s", answer(2));
  await store.add("s", answer(3));
  assert.equal(store.durable, false);
  assert.deepEqual(positions(await store.pending("s")), [1, 2, 3]);
  disk.room = 10;
  await store.remove("s", [first]);
  assert.equal(store.durable, true);
  assert.deepEqual(told, [true, false, true]);
  assert.deepEqual(positions(await (await opened(disk)).pending("s")).sort(), [2, 3]);
});

test("when the browser closes or clears its database, what is unsent is written again", async () => {
  for (const clear of [false, true]) {
    const disk = newDisk();
    const store = await opened(disk);
    await store.add("s", answer(1));
    await store.note("s", { position: 2 });
    closeAll(disk, { clear });
    assert.equal(store.durable, false);
    assert.deepEqual(positions(await store.pending("s")), [1]);
    assert.deepEqual(await store.noted("s"), { position: 2 });
    await store.add("s", answer(2));
    assert.equal(store.durable, true);
    assert.deepEqual(positions(await (await opened(disk)).pending("s")).sort(), [1, 2]);
  }
});

test("a disk that breaks and heals loses nothing", async () => {
  const disk = newDisk();
  const store = await opened(disk);
  await store.add("s", answer(1));
  disk.broken = true;
  await store.add("s", answer(2));
  assert.equal(store.durable, false);
  assert.deepEqual(positions(await store.pending("s")), [1, 2]);
  disk.broken = false;
  await store.add("s", answer(3));
  assert.equal(store.durable, true);
  assert.deepEqual(positions(await (await opened(disk)).pending("s")).sort(), [1, 2, 3]);
});

test("without a database, or with one that cannot be opened, memory does", async () => {
  const broken = newDisk();
  broken.broken = true;
  for (const scope of [{}, { indexedDB: factory(broken) }, { get indexedDB() { throw new Error("denied"); } }]) {
    const store = await openStore("x", { scope, wait: never });
    assert.equal(store.durable, false);
    await store.add("s", answer(1));
    assert.deepEqual(positions(await store.pending("s")), [1]);
    await store.remove("s", [(await store.pending("s"))[0].number]);
    assert.deepEqual(await store.pending("s"), []);
  }
});

test("a database that never answers is waited for twice and then left alone", async () => {
  const disk = newDisk();
  let waited = 0;
  const wait = async () => {
    for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
    waited += 1;
  };
  const store = await opened(disk, { wait });
  disk.hangs = true;
  await store.add("s", answer(1));
  await store.add("s", answer(2));
  await store.add("s", answer(3));
  assert.deepEqual(positions(await store.pending("s")), [1, 2, 3]);
  assert.equal(store.durable, false);
  assert.ok(waited >= 2);
});

test("an acknowledged answer that cannot be deleted is not sent for ever", async () => {
  const disk = newDisk();
  const store = await opened(disk);
  const number = await store.add("s", answer(1));
  disk.broken = true;
  await store.remove("s", [number]);
  disk.broken = false;
  assert.deepEqual(await store.pending("s"), []);
});

test("a forgotten study is not written to the disk again", async () => {
  const disk = newDisk();
  const store = await opened(disk);
  await store.add("s", answer(1));
  forgetStore("x", { indexedDB: factory(disk) });
  await store.add("s", answer(2));
  assert.equal(disk.stores, null);
  assert.deepEqual(positions(await store.pending("s")), [1, 2]);
});

/**
 * A participant, a disk and a network that fail as the seed says, with reloads and two kinds of crashes. What
 * the server stores by number must be each answer once; what the page was told is safe must be on the server or
 * still here.
 */
async function roughSession(seed) {
  const random = seeded(seed);
  const chance = (share) => random() < share;
  const disk = newDisk();
  const stored = new Map();
  const send = async (messages) => {
    if (chance(0.25)) throw new TypeError("network");
    for (const message of messages) if (!stored.has(message.number)) stored.set(message.number, message);
    if (chance(0.2)) throw new TypeError("the answer was lost");
    const some = chance(0.2) ? messages.slice(0, 1) : messages;
    return { acknowledged: some.map(({ number }) => number), refused: [] };
  };
  let atRisk = new Set();
  let box = null;
  const open = async () => {
    const store = await opened(disk, { random });
    const wait = () => new Promise(setImmediate);
    box = new Outbox({ store, session: "s", send, wait, random });
  };
  await open();
  for (let position = 1; position <= 60; position += 1) {
    if (chance(0.1)) disk.room = disk.stores.messages.size;
    if (chance(0.1)) disk.room = Infinity;
    if (chance(0.05)) closeAll(disk);
    await box.put(answer(position));
    // The page says that this one would not survive a closed window; nobody closes it then.
    if (!box.durable) atRisk.add(position);
    else atRisk = new Set();
    if (chance(0.15) && atRisk.size === 0 && disk.room === Infinity) await open();
  }
  await box.drained();
  return [...stored.values()].map(({ position }) => position).sort((a, b) => a - b);
}

test("whatever fails in whatever order, every answer arrives once", async () => {
  const everything = Array.from({ length: 60 }, (_, place) => place + 1);
  for (let seed = 1; seed <= 20; seed += 1) {
    assert.deepEqual(await roughSession(seed), everything, `seed ${seed}`);
  }
});
