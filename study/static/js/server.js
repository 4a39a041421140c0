/** Talk to the server in JSON, with a time-out on every request. */
import { SessionGone } from "./outbox.js";

const TIMEOUT_MS = 10_000;

/** An answer that is not the one hoped for; `status` is the HTTP status. */
export class ServerError extends Error {
  constructor(status) {
    super(`expected status 200, found ${status}`);
    this.status = status;
  }
}

export class Server {
  #token;
  #fetch;

  constructor({ token, fetch = globalThis.fetch.bind(globalThis) }) {
    this.#token = token;
    this.#fetch = fetch;
  }

  get(url) {
    return this.#ask(url, { headers: { Accept: "application/json" } });
  }

  post(url, body) {
    const text = JSON.stringify(body);
    return this.#ask(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": this.#token },
      body: text,
      // Lets the last answer arrive although the page is being closed; browsers allow 64 kB of it.
      keepalive: text.length < 30_000,
    });
  }

  async #ask(url, options) {
    const response = await this.#fetch(url, {
      ...options,
      cache: "no-store",
      credentials: "same-origin",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.status === 410) throw new SessionGone("this session is no more");
    if (!response.ok) throw new ServerError(response.status);
    return response.json();
  }
}

/** The token that the page carries for its own requests. */
export function pageToken(page = document) {
  return page.querySelector('meta[name="csrf-token"]')?.content ?? "";
}
