/**
 * Where unsent messages wait: in this page's memory, and in IndexedDB, which survives a reload or a crash.
 *
 * The disk may be full, blocked, cleared or closed at any moment. What does not fit on it stays in memory, is
 * sent all the same, and goes to the disk as soon as there is room. `durable` says whether all is on it now.
 */

const MESSAGES = "messages";
const NOTES = "notes";
// Some browsers never answer a request to their database; a participant must not wait for that.
const PATIENCE_MS = 3000;
const PATIENT_TIMES = 2;
// Numbers come in lanes of so many, drawn at random, so that two devices of one session never count alike.
const LANE = 1024;
const LANES = 2 ** 21 - 1;

/** A store whose disk is the study's own database; without a disk it works in memory alone. */
export async function openStore(study, { scope = globalThis, ...options } = {}) {
  const store = new Store({
    open: async () => openDatabase(databaseName(study), scope.indexedDB),
    range: scope.IDBKeyRange,
    ...options,
  });
  await store.open();
  return store;
}

/** Remove everything kept of a study in this browser. */
export function forgetStore(study, scope = globalThis) {
  scope.indexedDB?.deleteDatabase(databaseName(study));
}

const databaseName = (study) => `facevalue:${study}`;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Store {
  #open;
  #range;
  #random;
  #wait;
  #tell;
  #disk = null;
  /** The disk is not tried again: it does not answer, or this study was forgotten. */
  #givenUp = false;
  #unanswered = 0;
  #mine = new Map();
  #unkept = new Set();
  #removed = new Set();
  #note = null;
  #last = null;

  /** open(): an open database, or a rejection. tell(durable): called when that changes. */
  constructor({ open, range, random = Math.random, wait = sleep, tell = () => {} }) {
    this.#open = open;
    this.#range = range;
    this.#random = random;
    this.#wait = wait;
    this.#tell = tell;
  }

  async open() {
    await this.#reopened();
  }

  get durable() {
    return this.#disk !== null && this.#unkept.size === 0;
  }

  /** Number a message and keep it; resolves with the number once it is as safe as it can be here. */
  async add(session, message) {
    let number = await this.#tryDisk((disk) => disk.add(session, message, this.#lane()), {
      // It came after all: what is in memory under another number is the one that counts.
      late: (disk, given) => disk.remove(session, [given]),
    });
    const kept = number !== undefined;
    number ??= this.#nextInMemory();
    this.#mine.set(number, { session, message: { ...message, number } });
    if (message.kind === "trial") this.#note = null;
    if (kept) await this.#bringBack(session);
    else this.#change(() => this.#unkept.add(number));
    return number;
  }

  /** Every message that is not acknowledged, of this page and of those before it. */
  async pending(session) {
    const onDisk = (await this.#tryDisk((disk) => disk.pending(session))) ?? [];
    const own = [...this.#mine.values()].filter((one) => one.session === session).map(({ message }) => message);
    const all = new Map([...onDisk, ...own].map((message) => [message.number, message]));
    return [...all.values()].filter(({ number }) => !this.#removed.has(number));
  }

  async remove(session, numbers) {
    for (const number of numbers) this.#mine.delete(number);
    this.#change(() => numbers.forEach((number) => this.#unkept.delete(number)));
    const done = await this.#tryDisk(async (disk) => (await disk.remove(session, numbers), true));
    // They would come back with every look at the disk; the server would know them, but never end.
    if (!done) numbers.forEach((number) => this.#removed.add(number));
    else await this.#bringBack(session);
  }

  /** Remember that a trial's pictures are about to be seen, until its message is kept. */
  async note(session, trial) {
    this.#note = trial;
    await this.#tryDisk((disk) => disk.note(session, trial));
  }

  async noted(session) {
    return (await this.#tryDisk((disk) => disk.noted(session))) ?? this.#note;
  }

  #lane() {
    return 1 + LANE * Math.floor(this.#random() * LANES);
  }

  #nextInMemory() {
    this.#last = this.#last === null ? this.#lane() : this.#last + 1;
    return this.#last;
  }

  /** Put on the disk what is in memory alone, as far as there is room. */
  async #bringBack(session) {
    for (const number of [...this.#unkept]) {
      const { message } = this.#mine.get(number) ?? {};
      const put = message && (await this.#tryDisk(async (disk) => (await disk.put(session, message), true)));
      if (message && !put) return;
      // Acknowledged while it was being written.
      if (!this.#mine.has(number)) await this.#tryDisk((disk) => disk.remove(session, [number]));
      this.#change(() => this.#unkept.delete(number));
    }
  }

  #change(act) {
    const before = this.durable;
    act();
    if (this.durable !== before) this.#tell(this.durable);
  }

  /** The result of some work on the disk; undefined when it did not succeed. */
  async #tryDisk(work, { late = () => {} } = {}) {
    const disk = await this.#reopened();
    if (!disk) return undefined;
    const working = work(disk);
    try {
      return await this.#soon(working);
    } catch (error) {
      if (error?.name === "QuotaExceededError") return undefined;
      if (error instanceof NoAnswer) {
        working.then((result) => late(disk, result)).catch(() => {});
        this.#unanswered += 1;
        this.#givenUp ||= this.#unanswered >= PATIENT_TIMES;
      } else disk.close();
      this.#lose(disk);
      return undefined;
    }
  }

  async #reopened() {
    if (this.#disk || this.#givenUp) return this.#disk;
    const opening = this.#open();
    try {
      this.#install(await this.#soon(opening));
    } catch (error) {
      if (!(error instanceof NoAnswer)) return null;
      this.#givenUp = true;
      opening.then((database) => database.close()).catch(() => {});
    }
    return this.#disk;
  }

  #install(database) {
    const disk = new Disk(database, this.#range);
    // The browser closes it when its files are cleared or broken.
    database.onclose = () => this.#lose(disk);
    // Withdrawing deletes the database; an open page must not stand in the way, nor make it anew.
    database.onversionchange = () => {
      this.#givenUp = true;
      database.close();
      this.#lose(disk);
    };
    this.#change(() => (this.#disk = disk));
  }

  /** What this page put there may be gone with it. */
  #lose(disk) {
    if (this.#disk !== disk) return;
    this.#change(() => {
      this.#disk = null;
      for (const number of this.#mine.keys()) this.#unkept.add(number);
    });
  }

  #soon(working) {
    working.catch(() => {});
    return Promise.race([working, this.#wait(PATIENCE_MS).then(() => Promise.reject(new NoAnswer()))]);
  }
}

class NoAnswer extends Error {}

function openDatabase(name, factory) {
  return new Promise((resolve, reject) => {
    const request = factory.open(name, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(MESSAGES);
      request.result.createObjectStore(NOTES);
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("the database is blocked by another page"));
  });
}

function settled(transaction) {
  const done = new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error("the browser ended the transaction"));
  });
  done.catch(() => {});
  return done;
}

function result(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

class Disk {
  #database;
  #range;

  constructor(database, range) {
    this.#database = database;
    this.#range = range;
  }

  close() {
    this.#database.close();
  }

  /**
   * Number a message, keep it, and drop the note of the trial it ends: all or nothing.
   *
   * The counter lives beside the messages, so that two pages of one session never give the same number.
   */
  async add(session, message, lane) {
    const transaction = this.#database.transaction([MESSAGES, NOTES], "readwrite", { durability: "strict" });
    const done = settled(transaction);
    const notes = transaction.objectStore(NOTES);
    const last = await Promise.race([result(notes.get([session, "number"])), done]);
    const number = last === undefined ? lane : last + 1;
    notes.put(number, [session, "number"]);
    if (message.kind === "trial") notes.delete([session, "trial"]);
    transaction.objectStore(MESSAGES).put({ ...message, number }, [session, number]);
    await done;
    return number;
  }

  /** Keep a message that has its number. */
  async put(session, message) {
    const transaction = this.#database.transaction(MESSAGES, "readwrite", { durability: "strict" });
    const done = settled(transaction);
    transaction.objectStore(MESSAGES).put(message, [session, message.number]);
    await done;
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
