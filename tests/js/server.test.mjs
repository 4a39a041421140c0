import assert from "node:assert/strict";
import { test } from "node:test";

import { SessionGone } from "../../study/static/js/outbox.js";
import { Server, ServerError } from "../../study/static/js/server.js";

const json = (status, body, headers = {}) =>
  new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json", ...headers } });
const page = (status, text = "<title>Welcome</title>", headers = {}) =>
  new Response(text, { status, headers: { "Content-Type": "text/html", ...headers } });

const serverAnswering = (...answers) => {
  const asked = [];
  const fetch = async (url, options) => (asked.push({ url, ...options }), answers.shift());
  return { asked, server: new Server({ token: "old", fetch, pageUrl: "/session" }) };
};

test("only JSON with status 200 is an answer", async () => {
  assert.deepEqual(await serverAnswering(json(200, { a: 1 })).server.post("/m", {}), { a: 1 });
  for (const answer of [page(200), page(502), json(201, {}), json(500, {}), page(302), page(410), json(413, {})]) {
    await assert.rejects(serverAnswering(answer).server.post("/m", {}), (error) => !(error instanceof SessionGone));
  }
});

test("an answer that was cut off is none", async () => {
  const cut = new Response('{"acknow', { headers: { "Content-Type": "application/json" } });
  await assert.rejects(serverAnswering(cut).server.post("/m", {}), SyntaxError);
});

test("a session that is no more is final only when the server itself says so", async () => {
  await assert.rejects(serverAnswering(json(410, {})).server.post("/m", {}), SessionGone);
});

test("redirects are not followed and every request has an end", async () => {
  const { asked, server } = serverAnswering(json(200, {}));
  await server.post("/m", {});
  assert.equal(asked[0].redirect, "error");
  assert.ok(asked[0].signal instanceof AbortSignal);
});

test("how long the server wants to be left alone is read", async () => {
  const wanted = async (answer) => {
    const error = await serverAnswering(answer).server.get("/plan").catch((fault) => fault);
    assert.ok(error instanceof ServerError);
    return [error.status, error.afterMs];
  };
  assert.deepEqual(await wanted(page(429, "", { "Retry-After": "3" })), [429, 3000]);
  assert.deepEqual(await wanted(page(503, "", { "Retry-After": "Wed, 21 Oct 2099 07:28:00 GMT" })), [503, 0]);
  assert.deepEqual(await wanted(page(503)), [503, 0]);
});

test("a token that is not good any more is read anew from the page", async () => {
  globalThis.DOMParser = class {
    parseFromString = (text) => ({ querySelector: () => ({ content: text }) });
  };
  const { asked, server } = serverAnswering(json(400, {}), page(200, "new"), json(200, {}));
  await assert.rejects(server.post("/m", {}), ServerError);
  await server.post("/m", {});
  assert.deepEqual(asked.map(({ url }) => url), ["/m", "/session", "/m"]);
  assert.equal(asked[2].headers["X-CSRFToken"], "new");
});
