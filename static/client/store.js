// The phone's database: sealed records (outbox), sealed photos (photos) and small facts (facts). Every write is strict:
// it has reached the disk when the promise resolves, or nothing of it is there.

export class StoreFull extends Error {}

let opened = null;

function open() {
  opened = opened || new Promise((done, fail) => {
    const asked = indexedDB.open("sbt", 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("outbox", { keyPath: "id" });
      asked.result.createObjectStore("photos", { keyPath: "sha256" });
      asked.result.createObjectStore("facts");
    };
    asked.onsuccess = () => {
      const db = asked.result;
      db.onclose = () => { opened = null; };
      db.onversionchange = () => { db.close(); opened = null; };
      done(db);
    };
    asked.onerror = () => fail(named(asked.error));
  });
  opened.catch(() => { opened = null; });
  return opened;
}

const named = (error) => (error && error.name === "QuotaExceededError" ? new StoreFull(error.message) : error || new Error("not stored"));

/** A request as a promise; await nothing else inside a transaction, or it ends. */
export const result = (request) =>
  new Promise((done, fail) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });

async function transaction(names, mode, work) {
  const db = await open();
  return new Promise((done, fail) => {
    const tx = db.transaction(names, mode, { durability: "strict" });
    let value;
    let reason = null;
    tx.oncomplete = () => done(value);
    tx.onabort = () => fail(named(reason || tx.error));
    const stores = names.map((name) => tx.objectStore(name));
    Promise.resolve().then(() => work(...stores)).then(
      (made) => { value = made; },
      (error) => {
        reason = error;
        try { tx.abort(); } catch { fail(named(error)); }
      });
  });
}

/** All of `work` is written or none of it. */
export const write = (names, work) => transaction(names, "readwrite", work);
export const read = (names, work) => transaction(names, "readonly", work);

export const fact = (name) => read(["facts"], (facts) => result(facts.get(name)));
export const rows = () => read(["outbox"], (outbox) => result(outbox.getAll()));
