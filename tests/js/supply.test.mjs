import assert from "node:assert/strict";
import { test } from "node:test";

import { Supply } from "../../study/static/js/supply.js";
import { askToLead } from "../../study/static/js/windows.js";

const settle = async () => {
  for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
};

function network() {
  const asked = [];
  const net = { down: false, asked };
  net.fetch = async (url) => {
    asked.push(url);
    if (net.down) throw new TypeError("no connection");
    return new Response(`picture ${url}`);
  };
  return net;
}

test("pictures of the trials to come are fetched one after another and answered without the network", async () => {
  const net = network();
  const supply = new Supply({ fetch: net.fetch });
  supply.want(["a", "b", "a", "c"]);
  await settle();
  assert.deepEqual(net.asked, ["a", "b", "c"]);
  net.down = true;
  assert.equal(await (await supply.fetch("b")).text(), "picture b");
  await assert.rejects(supply.fetch("d"), TypeError);
});

test("a copy that proved wrong is asked for past what is held", async () => {
  const net = network();
  const supply = new Supply({ fetch: net.fetch });
  supply.want(["a"]);
  await settle();
  await supply.fetch("a", { cache: "reload" });
  assert.deepEqual(net.asked, ["a", "a"]);
});

test("what is not wanted any more is let go, and no more is held than allowed", async () => {
  const net = network();
  const supply = new Supply({ fetch: net.fetch, mostBytes: 18 });
  supply.want(["a", "b", "c", "d"]);
  await settle();
  assert.deepEqual(supply.held, ["a", "b"]);
  supply.want(["b", "c"]);
  await settle();
  assert.deepEqual(supply.held, ["b", "c"]);
});

test("nothing is begun while faces are on the screen, and a lost connection is tried again later", async () => {
  const net = network();
  const supply = new Supply({ fetch: net.fetch });
  supply.want(["a", "b"]);
  supply.rest();
  await settle();
  assert.deepEqual(supply.held, ["a"]);
  net.down = true;
  supply.want(["a", "b"]);
  await settle();
  assert.deepEqual(supply.held, ["a"]);
  net.down = false;
  supply.want(["a", "b"]);
  await settle();
  assert.deepEqual(supply.held, ["a", "b"]);
});

/** Locks as browsers have them: one holder, the others wait in order. */
function lockManager() {
  const waiting = [];
  let held = false;
  const next = () => {
    if (held || !waiting.length) return;
    held = true;
    waiting.shift()();
  };
  return {
    request: (_name, lead) =>
      new Promise(() => {
        waiting.push(lead);
        setImmediate(next);
      }),
    close: () => ((held = false), next()),
  };
}

test("one window leads, the other waits and goes on when the first is closed", async () => {
  const locks = lockManager();
  const first = await askToLead("x", { locks, wait: () => new Promise(() => {}) });
  assert.equal(first.leads, true);
  const wait = settle;
  const second = await askToLead("x", { locks, wait });
  assert.equal(second.leads, false);
  locks.close();
  await second.later;
});

test("without locks every window leads", async () => {
  assert.equal((await askToLead("x", { locks: undefined, wait: settle })).leads, true);
});
