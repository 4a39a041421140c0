/** Talk to the server in JSON, with a time-out on every request. */
import { SessionGone } from "./outbox.js";

const TIMEOUT_MS = 10_000;

/**
 * An answer that is not the one hoped for; `status` is the HTTP status, `afterMs` how long the server asked to
 * be left alone, 0 if it did not.
 */
export class ServerError extends Error {
  constructor(status, afterMs = 0) {
    super(`expected status 200, found ${status}`);
    this.status = status;
    this.afterMs = afterMs;
  }
}

/**
 * Everything but JSON with status 200 means that nothing is known to be stored: also a redirect or a page, with
 * which captive portals and proxies answer in the server's place. Only a 410 in JSON is final.
 */
export class Server {
  #token;
  #fetch;
  #pageUrl;

  /** token: of the page. pageUrl: a page of ours where a newer token can be read; none without it. */
  constructor({ token, fetch = globalThis.fetch.bind(globalThis), pageUrl = "" }) {
    this.#token = token;
    this.#fetch = fetch;
    this.#pageUrl = pageUrl;
  }

  get(url) {
    return this.#ask(url, { headers: { Accept: "application/json" } });
  }

  async post(url, body) {
    const text = JSON.stringify(body);
    try {
      return await this.#ask(url, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": this.#token },
        body: text,
        // Lets the last answer arrive although the page is being closed; browsers allow 64 kB of it.
        keepalive: text.length < 30_000,
      });
    } catch (error) {
      if (error.status === 400) await this.#renewToken();
      throw error;
    }
  }

  async #ask(url, options) {
    const response = await this.#fetch(url, {
      ...options,
      cache: "no-store",
      credentials: "same-origin",
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const isJson = /^application\/json\b/.test(response.headers.get("Content-Type") ?? "");
    if (response.status === 410 && isJson) throw new SessionGone("this session is no more");
    if (response.status !== 200) throw new ServerError(response.status, afterMs(response));
    if (!isJson) throw new TypeError("expected JSON, found something else");
    return response.json();
  }

  // The token of a page that was open for days, or beside which the cookie was made anew, is not good any more.
  async #renewToken() {
    if (!this.#pageUrl) return;
    try {
      const response = await this.#fetch(this.#pageUrl, { cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS) });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      this.#token = pageToken(page) || this.#token;
    } catch {
      // The next attempt comes here again.
    }
  }
}

function afterMs(response) {
  const seconds = Number(response.headers.get("Retry-After") ?? 0);
  return seconds > 0 && Number.isFinite(seconds) ? 1000 * seconds : 0;
}

/** The token that the page carries for its own requests. */
export function pageToken(page = document) {
  return page.querySelector('meta[name="csrf-token"]')?.content ?? "";
}
