/** Where unsent messages wait: in IndexedDB, else in memory. One database for each study. */

const MESSAGES = "messages";
const NOTES = "notes";

/** The durable store, or the one in memory where the browser offers none (`durable` says which). */
export async function openStore(study, scope = globalThis) {
  try {
    return new DurableStore(await openDatabase(databaseName(study), scope.indexedDB), scope.IDBKeyRange);
  } catch {
    return new MemoryStore();
  }
}

/** Remove everything kept of a study in this browser. */
export function forgetStore(study, scope = globalThis) {
  scope.indexedDB?.deleteDatabase(databaseName(study));
}

const databaseName = (study) => `facevalue:${study}`;

function openDatabase(name, factory) {
  return new Promise((resolve, reject) => {
    const request = factory.open(name, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(MESSAGES);
      request.result.createObjectStore(NOTES);
    };
    request.onsuccess = () => {
      // Withdrawing deletes the database; an open page must not stand in the way.
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("the database is blocked by another page"));
  });
}

function settled(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
}

function result(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

class DurableStore {
  durable = true;
  #database;
  #range;

  constructor(database, range) {
    this.#database = database;
    this.#range = range;
  }

  /**
   * Number a message, keep it, and drop the note of the trial it ends: all or nothing.
   *
   * The counter lives beside the messages, so that two pages of one session never give the same number.
   */
  async add(session, message, firstNumber) {
    const transaction = this.#database.transaction([MESSAGES, NOTES], "readwrite", { durability: "strict" });
    const done = settled(transaction);
    const notes = transaction.objectStore(NOTES);
    const last = await result(notes.get([session, "number"]));
    const number = Math.max(firstNumber, (last ?? 0) + 1);
    notes.put(number, [session, "number"]);
    if (message.kind === "trial") notes.delete([session, "trial"]);
    transaction.objectStore(MESSAGES).put({ ...message, number }, [session, number]);
    await done;
    return number;
  }

  async pending(session) {
    const messages = this.#database.transaction(MESSAGES).objectStore(MESSAGES);
    return result(messages.getAll(this.#range.bound([session, 0], [session, Infinity])));
  }

  async remove(session, numbers) {
    const transaction = this.#database.transaction(MESSAGES, "readwrite");
    const done = settled(transaction);
    for (const number of numbers) transaction.objectStore(MESSAGES).delete([session, number]);
    await done;
  }

  async note(session, trial) {
    const transaction = this.#database.transaction(NOTES, "readwrite");
    const done = settled(transaction);
    transaction.objectStore(NOTES).put(trial, [session, "trial"]);
    await done;
  }

  async noted(session) {
    return (await result(this.#database.transaction(NOTES).objectStore(NOTES).get([session, "trial"]))) ?? null;
  }
}

export class MemoryStore {
  durable = false;
  #messages = new Map();
  #last = 0;
  #note = null;

  async add(_session, message, firstNumber) {
    this.#last = Math.max(firstNumber, this.#last + 1);
    this.#messages.set(this.#last, { ...message, number: this.#last });
    if (message.kind === "trial") this.#note = null;
    return this.#last;
  }

  async pending() {
    return [...this.#messages.values()];
  }

  async remove(_session, numbers) {
    for (const number of numbers) this.#messages.delete(number);
  }

  async note(_session, trial) {
    this.#note = trial;
  }

  async noted() {
    return this.#note;
  }
}
