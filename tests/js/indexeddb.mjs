/**
 * A small IndexedDB that can be told to fail as real ones do.
 *
 * Transactions are all or nothing, run one after another, and their changes are there only when they are complete. `disk` outlives the
 * page: a new `factory(disk)` is the same browser after a reload. Set `disk.room` (messages that fit; QuotaExceeded
 * beyond), `disk.broken` (every transaction fails with UnknownError), `disk.hangs` (nothing ever answers).
 */
export const newDisk = () => ({ stores: null, room: Infinity, broken: false, hangs: false, open: new Set(), queue: [] });

const keyOf = (key) => JSON.stringify(key);
const compare = ([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x - y);

export const range = { bound: (low, high) => ({ low, high }) };

export function factory(disk) {
  return {
    open() {
      const request = {};
      later(disk, () => {
        if (disk.broken) return fail(request, "UnknownError");
        request.result = database(disk);
        if (!disk.stores) {
          disk.stores = {};
          request.onupgradeneeded?.();
        }
        request.onsuccess?.();
      });
      return request;
    },
    deleteDatabase() {
      for (const one of [...disk.open]) one.onversionchange?.();
      disk.stores = null;
    },
  };
}

/** The browser closes every connection, as when its files are cleared. */
export function closeAll(disk, { clear = false } = {}) {
  if (clear) disk.stores = { messages: new Map(), notes: new Map() };
  for (const one of [...disk.open]) {
    one.close();
    one.onclose?.();
  }
}

function later(disk, act) {
  if (!disk.hangs) setImmediate(act);
}

function fail(request, name) {
  request.error = Object.assign(new Error(name), { name });
  request.onerror?.({ target: request });
}

function database(disk) {
  const self = {
    createObjectStore: (name) => (disk.stores[name] = new Map()),
    close: () => disk.open.delete(self),
    transaction(names, mode = "readonly") {
      if (!disk.open.has(self)) throw Object.assign(new Error("closed"), { name: "InvalidStateError" });
      return transaction(disk, [names].flat(), mode);
    },
  };
  disk.open.add(self);
  return self;
}

function transaction(disk, names, mode) {
  let copies = null;
  let open = 0;
  const self = { objectStore: (name) => store(name) };
  disk.queue.push(self);
  const end = () => {
    if (open > 0 || !disk.queue.includes(self)) return;
    if (disk.queue[0] !== self) return later(disk, end);
    disk.queue.shift();
    if (!disk.stores) return self.onabort?.();
    copies ??= {};
    const full = mode === "readwrite" && copies.messages?.size > Math.max(disk.room, disk.stores.messages.size);
    if (full || disk.broken) {
      const name = full ? "QuotaExceededError" : "UnknownError";
      self.error = Object.assign(new Error(name), { name });
      self.onabort?.();
      return;
    }
    if (mode === "readwrite") Object.assign(disk.stores, copies);
    self.oncomplete?.();
  };
  const ask = (act) => {
    const request = {};
    open += 1;
    const run = () => {
      if (disk.queue[0] !== self) return later(disk, run);
      copies ??= Object.fromEntries(names.map((name) => [name, new Map(disk.stores?.[name])]));
      open -= 1;
      if (disk.broken) fail(request, "UnknownError");
      else {
        request.result = act();
        request.onsuccess?.();
      }
      later(disk, end);
    };
    later(disk, run);
    return request;
  };
  const store = (name) => ({
    get: (key) => ask(() => structuredClone(copies[name].get(keyOf(key)))),
    put: (value, key) => ask(() => void copies[name].set(keyOf(key), structuredClone(value))),
    delete: (key) => ask(() => void copies[name].delete(keyOf(key))),
    getAll: ({ low, high }) =>
      ask(() =>
        [...copies[name]]
          .map(([key, value]) => [JSON.parse(key), structuredClone(value)])
          .filter(([key]) => key[0] === low[0] && key[1] >= low[1] && key[1] <= high[1])
          .sort(([a], [b]) => compare(a, b))
          .map(([, value]) => value),
      ),
  });
  // An empty transaction completes by itself.
  later(disk, end);
  return self;
}
