import assert from "node:assert/strict";
import { test } from "node:test";

import { Outbox, SessionGone } from "../../study/static/js/outbox.js";
import { pauseMs } from "../../study/static/js/pictures.js";
import { MemoryStore } from "../../study/static/js/store.js";

const answer = (position) => ({ kind: "trial", position, status: "answered", ratings: [] });

/** A server that keeps what it gets and misbehaves by plan: each call takes the next fault. */
function server(faults = []) {
  const kept = new Map();
  const batches = [];
  const send = async (messages) => {
    batches.push(messages.map((message) => message.number));
    const fault = faults.shift();
    if (fault === "unreachable") throw new TypeError("network");
    if (fault === "gone") throw new SessionGone("gone");
    for (const message of messages) if (!kept.has(message.number)) kept.set(message.number, message);
    if (fault === "answer lost") throw new TypeError("the answer was lost on its way");
    if (fault === "half") return { acknowledged: [messages[0].number], refused: [] };
    if (typeof fault === "function") return fault(messages);
    return { acknowledged: messages.map((message) => message.number), refused: [] };
  };
  return { kept, batches, send };
}

function outbox(send, { store = new MemoryStore(), firstNumber = 1, tell } = {}) {
  const waits = [];
  const wait = async (ms) => void waits.push(ms);
  return { box: new Outbox({ store, session: "s", firstNumber, send, wait, random: () => 0.5, tell }), store, waits };
}

test("a message is kept before it is sent, and dropped when it is acknowledged", async () => {
  const order = [];
  const store = new MemoryStore();
  const add = store.add.bind(store);
  store.add = async (...given) => (order.push("kept"), add(...given));
  const { kept, send } = server();
  const { box } = outbox(async (messages) => (order.push("sent"), send(messages)), { store });
  assert.equal(await box.put(answer(1)), 1);
  await box.drained();
  assert.deepEqual(order, ["kept", "sent"]);
  assert.equal(kept.get(1).position, 1);
  assert.equal(await box.unsent(), 0);
});

test("what the network loses is sent again, later each time, and stored once", async () => {
  const { kept, batches, send } = server(["unreachable", "unreachable", "answer lost"]);
  const { box, waits } = outbox(send);
  await box.put(answer(1));
  await box.drained();
  assert.equal(batches.length, 4);
  assert.deepEqual(waits, [500, 1000, 2000]);
  assert.equal(kept.size, 1);
});

test("only acknowledged numbers are dropped", async () => {
  const { kept, batches, send } = server(["unreachable", "half"]);
  const { box } = outbox(send);
  await box.put(answer(1));
  await box.put(answer(2));
  await box.drained();
  assert.deepEqual(batches.at(-1), [2]);
  assert.deepEqual([...kept.keys()], [1, 2]);
});

test("a reload loses nothing and gives no number twice", async () => {
  const store = new MemoryStore();
  const never = () => new Promise(() => {});
  const before = outbox(never, { store }).box;
  await before.put(answer(1));
  await before.put(answer(2));
  const { kept, send } = server();
  const { box } = outbox(send, { store, firstNumber: 1 });
  assert.deepEqual(await box.unsentPositions(), [1, 2]);
  assert.equal(await box.put(answer(3)), 3);
  await box.drained();
  assert.deepEqual([...kept.values()].map((message) => message.position), [1, 2, 3]);
});

test("numbers begin where the server says if the browser remembers less", async () => {
  const { send } = server();
  const { box } = outbox(send, { firstNumber: 41 });
  assert.equal(await box.put(answer(5)), 41);
  assert.equal(await box.put(answer(6)), 42);
});

test("a message that can never be stored does not block the others and is told as an event", async () => {
  const refuse = (messages) => ({ acknowledged: [], refused: [{ number: messages[0].number, reason: "expected a whole number" }] });
  const { kept, send } = server([refuse]);
  const { box } = outbox(send);
  await box.put(answer(1));
  await box.drained();
  const event = [...kept.values()].find((message) => message.event === "refused_message");
  assert.equal(event.position, 1);
  assert.equal(event.detail.reason, "expected a whole number");
  assert.match(event.detail.message, /"answered"/);
  assert.equal(await box.unsent(), 0);
});

test("an answer that names other numbers acknowledges nothing", async () => {
  const { batches, send } = server([() => ({ acknowledged: [99], refused: [] })]);
  const { box } = outbox(send);
  await box.put(answer(1));
  await box.drained();
  assert.deepEqual(batches, [[1], [1]]);
});

test("at most fifty messages go at once", async () => {
  const store = new MemoryStore();
  for (let position = 1; position <= 120; position += 1) await store.add("s", answer(position), 1);
  const { batches, send } = server();
  await outbox(send, { store }).box.drained();
  assert.deepEqual(batches.map((batch) => batch.length), [50, 50, 20]);
});

test("a session that is no more ends the sending and says so", async () => {
  const { batches, send } = server(["gone"]);
  const { box } = outbox(send);
  await box.put(answer(1));
  await assert.rejects(box.drained(), SessionGone);
  assert.equal(batches.length, 1);
});

test("the page is told whether everything is saved", async () => {
  const states = [];
  const { send } = server(["unreachable"]);
  const { box } = outbox(send, { tell: (state) => states.push(state) });
  await box.put(answer(1));
  await box.drained();
  assert.deepEqual(states, ["sending", "waiting", "waiting", "saved"]);
});

test("a trial that was begun is remembered until its message is kept", async () => {
  const { box } = outbox(() => new Promise(() => {}));
  await box.note({ position: 4 });
  assert.deepEqual(await box.noted(), { position: 4 });
  await box.put({ kind: "event", event: "blur", position: 4 });
  assert.deepEqual(await box.noted(), { position: 4 });
  await box.put(answer(4));
  assert.equal(await box.noted(), null);
});

test("pauses grow to half a minute and differ between browsers", () => {
  assert.equal(pauseMs(0, { random: () => 0.5 }), 500);
  assert.equal(pauseMs(30, { random: () => 0.5 }), 30_000);
  assert.equal(pauseMs(0, { random: () => 0 }), 250);
  assert.ok(pauseMs(0, { random: () => 0.99 }) > 700);
});
