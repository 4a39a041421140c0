import assert from "node:assert/strict";
import { test } from "node:test";

import { Outbox, SessionGone } from "../../study/static/js/outbox.js";
import { pauseMs } from "../../study/static/js/pictures.js";
import { ServerError } from "../../study/static/js/server.js";
import { Store } from "../../study/static/js/store.js";

const never = () => new Promise(() => {});
/** A browser without a database; the first lane of numbers begins at 1. */
const inMemory = () => new Store({ open: async () => Promise.reject(new Error("none")), random: () => 0, wait: never });

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

function outbox(send, { store = inMemory(), tell } = {}) {
  const waits = [];
  const wait = async (ms) => void waits.push(ms);
  return { box: new Outbox({ store, session: "s", send, wait, random: () => 0.5, tell }), store, waits };
}

test("a message is kept before it is sent, and dropped when it is acknowledged", async () => {
  const order = [];
  const store = inMemory();
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
  const store = inMemory();
  const before = outbox(never, { store }).box;
  await before.put(answer(1));
  await before.put(answer(2));
  const { kept, send } = server();
  const { box } = outbox(send, { store });
  assert.deepEqual(await box.unsentPositions(), [1, 2]);
  assert.equal(await box.put(answer(3)), 3);
  await box.drained();
  assert.deepEqual([...kept.values()].map((message) => message.position), [1, 2, 3]);
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
  const store = inMemory();
  for (let position = 1; position <= 120; position += 1) await store.add("s", answer(position));
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

test("what is put while the outbox looks whether it is empty goes out at once", async () => {
  const { kept, send } = server();
  const store = inMemory();
  const { box } = outbox(send, { store });
  const pending = store.pending.bind(store);
  let once = true;
  store.pending = async (session) => {
    const found = await pending(session);
    if (found.length === 0 && once) {
      once = false;
      await box.put(answer(2));
    }
    return found;
  };
  await box.put(answer(1));
  for (let turn = 0; turn < 50 && kept.size < 2; turn += 1) await new Promise(setImmediate);
  assert.deepEqual([...kept.values()].map(({ position }) => position), [1, 2]);
});

test("an answer that is none of the server's acknowledges nothing", async () => {
  for (const odd of [null, {}, { acknowledged: [1] }, { acknowledged: "1", refused: [] }, "<html>"]) {
    const { batches, send } = server([() => odd]);
    const { box } = outbox(send);
    await box.put(answer(1));
    await box.drained();
    assert.deepEqual(batches, [[1], [1]], JSON.stringify(odd));
  }
});

const refusing = (...given) => () => {
  throw new ServerError(...given);
};

test("when the server asks for a pause it gets it", async () => {
  const { send } = server([refusing(429, 7000), refusing(503, 999_000)]);
  const { box, waits } = outbox(send);
  await box.put(answer(1));
  await box.drained();
  assert.deepEqual(waits, [7000, 120_000]);
});

test("what is too much at once goes in smaller parts, and what is too large alone holds up nothing", async () => {
  const store = inMemory();
  for (let position = 1; position <= 8; position += 1) await store.add("s", answer(position));
  const kept = [];
  const sizes = [];
  let stubborn = 3;
  const send = async (messages) => {
    sizes.push(messages.length);
    if (messages.length > 2) throw new ServerError(413);
    if (messages.some(({ position }) => position === 2) && (messages.length > 1 || stubborn-- > 0)) throw new ServerError(413);
    kept.push(...messages.map(({ position }) => position));
    return { acknowledged: messages.map(({ number }) => number), refused: [] };
  };
  await outbox(send, { store }).box.drained();
  assert.deepEqual(sizes.slice(0, 4), [8, 4, 2, 1]);
  assert.equal(kept.at(-1), 2);
  assert.deepEqual([...kept].sort(), [1, 2, 3, 4, 5, 6, 7, 8]);
});
