// The calls of a sync round and what their answers change on the phone. Every change of a record comes from an answer that
// answer.js recognised, and is written in one strict transaction.
import { MEDIA_TYPE, readBatch, readError, readHave, readInbox, readPhoto, retryAfter } from "./answer.js";
import { canCompress, compress, wire } from "./envelope.js";
import { timestamp, utf8 } from "./ids.js";
import { fact, read, result, rows, write } from "./store.js";

const MOST_RECORDS = 50;
const MOST_BYTES = 500 * 1000;
const PART = { least: 64 * 1024, most: 256 * 1024 };
const DAY = 24 * 3600 * 1000;

/** The round cannot go on. kind: "offline" (no answer came), "none" (an answer, but not ours), "sign_in" or "busy". */
export class Stop extends Error {
  constructor(kind, { wait = 0, code = null } = {}) {
    super(`${kind} ${code || ""}`);
    Object.assign(this, { kind, wait, code });
  }
}

/** A fetch that ends: the time it has grows with what it carries (3 kB a second is a poor 2G line). */
export async function call(path, { method = "GET", body = null, headers = {}, seconds = 20 } = {}) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), seconds * 1000 + (body ? body.length / 3 : 0));
  try {
    const response = await fetch(path, { method, body, headers, signal: stop.signal, credentials: "omit", cache: "no-store", redirect: "manual" });
    const text = await response.text();
    return { status: response.status, type: response.headers.get("Content-Type"), text, retryAfter: response.headers.get("Retry-After") };
  } catch (error) {
    throw new Stop("offline", { code: error.name });
  } finally {
    clearTimeout(timer);
  }
}

const bearer = ({ token }) => ({ Authorization: `Bearer ${token}` });

async function post(path, object, token) {
  const json = utf8(JSON.stringify(object));
  const small = canCompress() && json.length > 400 ? await compress(json, "gzip") : null;
  const headers = { ...bearer(token), "Content-Type": MEDIA_TYPE, ...(small && { "Content-Encoding": "gzip" }) };
  return call(path, { method: "POST", body: small || json, headers });
}

const error = (reply) => readError(reply.status, reply.type, reply.text);

function stopFor(reply) {
  const ours = error(reply);
  if (reply.status === 401 && ours) return new Stop("sign_in", { code: ours.code });
  if (reply.status === 429 || reply.status === 503) return new Stop(ours ? "busy" : "none", { wait: retryAfter(reply.retryAfter, Date.now()) });
  return new Stop(ours ? "busy" : "none", { code: reply.status });
}

async function patch(facts, changes) {
  const sync = (await result(facts.get("sync"))) || {};
  const restored = changes.epoch && sync.epoch && changes.epoch !== sync.epoch;
  facts.put({ ...sync, ...(restored && { seen: 0, inboxAfter: 0 }), ...changes }, "sync");
}

export const noteSync = (changes) => write(["facts"], (facts) => patch(facts, changes));

// ---- Text

// A time that lies far ahead was written before the phone's clock was set back.
const ripe = (time, byHand) => byHand || !time || time <= Date.now() || time > Date.now() + DAY;
const pause = (tries) => Date.now() + Math.min(300, 5 * 2 ** Math.min(tries, 6)) * 1000;

export const isWaiting = (row) => row.state === "waiting" && Boolean(row.sealed);
const byAge = (a, b) => (a.savedAt + a.id < b.savedAt + b.id ? -1 : 1);

/** Sends every waiting record, oldest first, each at most once a round; a record that fails alone is passed over. */
export async function sendRecords(token, byHand, tell) {
  const tried = new Set();
  let failedAlone = 0;

  async function send(some) {
    const sync = (await fact("sync")) || {};
    const reply = await post("/sync/batch", { epoch: sync.epoch || null, seen: sync.seen || 0, records: some.map(wire) }, token);
    const answer = readBatch(reply.status, reply.type, reply.text, some);
    if (answer) {
      failedAlone = 0;
      await applyBatch(answer, some);
      tell(some.length);
      return;
    }
    const ours = error(reply);
    const tooLarge = reply.status === 413;
    if (!tooLarge && !(ours && [400, 422, 500].includes(reply.status))) throw stopFor(reply);
    if (some.length > 1) {
      const middle = Math.ceil(some.length / 2);
      await send(some.slice(0, middle));
      await send(some.slice(middle));
      return;
    }
    if (tooLarge && ours) return setAside(some[0], "too_large");
    await change(some[0].id, passedOver);
    if (++failedAlone >= 3) throw stopFor(reply);
  }

  for (;;) {
    const waiting = (await rows()).filter((row) => isWaiting(row) && !tried.has(row.id) && ripe(row.notBefore, byHand)).sort(byAge);
    if (!waiting.length) return;
    let bytes = 0;
    const some = waiting.slice(0, MOST_RECORDS).filter((row, at) => (bytes += row.bytes) <= MOST_BYTES || at === 0);
    some.forEach((row) => tried.add(row.id));
    await send(some);
  }
}

const change = (id, make) => write(["outbox"], async (outbox) => {
  const row = await result(outbox.get(id));
  if (row) outbox.put({ ...row, ...make(row) });
});

const setAside = ({ id }, code) => change(id, () => ({ state: "invalid", onlyHere: true, reasons: [{ field: null, code }] }));
const passedOver = ({ attempts }) => ({ attempts: attempts + 1, notBefore: pause(attempts) });

const STATE = { accepted: "stored", duplicate: "stored", awaiting_photo: "awaiting_photo", held: "held", invalid: "invalid", conflict: "conflict" };

async function applyBatch({ epoch, serverTime, backedUpThrough, results }, sent) {
  await write(["outbox", "photos", "facts"], async (outbox, photos, facts) => {
    const sync = (await result(facts.get("sync"))) || {};
    let seen = sync.epoch === epoch ? sync.seen || 0 : 0;
    for (const { id, digest } of sent) {
      const one = results[id];
      const row = await result(outbox.get(id));
      if (!row || row.digest !== digest || row.state !== "waiting") continue;
      seen = Math.max(seen, (one && one.serverSeq) || 0);
      if (!one || one.status === "retry") outbox.put({ ...row, ...passedOver(row), reasons: one ? one.reasons : [] });
      else if (one.status === "gone") forget(row, outbox, photos);
      else outbox.put({ ...row, state: STATE[one.status], reasons: one.reasons, serverSeq: one.serverSeq, seqEpoch: epoch, epoch, storedAt: serverTime, notBefore: null });
    }
    const stored = Object.values(results).some(({ serverSeq }) => serverSeq);
    await patch(facts, { epoch, serverTime, backedUpThrough, seen, ...(stored && { lastSentAt: timestamp() }) });
  });
}

function forget(row, outbox, photos) {
  outbox.delete(row.id);
  if (row.photo) photos.delete(row.photo);
}

// ---- Photos

export const needsPhoto = (row) => Boolean(row.photo) && !row.photoSent && Boolean(row.sealed) && row.state !== "waiting" && !row.onlyHere;
let part = PART.least * 2;

/** Sends the photos of records that the server has, in parts, going on where an earlier try ended. */
export async function sendPhotos(token, byHand, tell) {
  const waiting = (await rows()).filter((row) => needsPhoto(row) && ripe(row.photoNotBefore, byHand));
  for (const row of waiting.sort(byAge)) {
    const kept = await read(["photos"], (photos) => result(photos.get(row.photo)));
    if (kept && (await sendPhoto(row, kept.sealed, token))) {
      await change(row.id, ({ state }) => ({ photoSent: true, state: state === "awaiting_photo" ? "stored" : state }));
      tell(1);
    } else {
      await change(row.id, ({ photoTries = 0 }) => ({ photoTries: photoTries + 1, photoNotBefore: pause(photoTries + 3) }));
    }
  }
}

async function sendPhoto(row, sealed, token) {
  const asked = { sha256: row.photo, total: sealed.length };
  const path = `/sync/photos/${row.photo}`;
  // Where a try was made before, or the server may have it already, asking is cheaper than sending.
  let at = 0;
  if (row.photoTries || row.state !== "awaiting_photo") {
    const reply = await call(path, { headers: bearer(token) });
    const answer = readPhoto(reply.status, reply.type, reply.text, asked);
    if (answer && answer.complete) return true;
    if (!answer && reply.status !== 404) throw stopFor(reply);
    if (answer) at = answer.offset;
  } else {
    await change(row.id, () => ({ photoTries: 1 }));
  }
  for (let turns = 0; turns < 20; turns++) {
    const body = sealed.subarray(at, at + part);
    let reply;
    try {
      reply = await call(`${path}?offset=${at}&total=${sealed.length}`, { method: "PUT", body, headers: { ...bearer(token), "Content-Type": "application/octet-stream" } });
    } catch (stop) {
      part = Math.max(PART.least, part / 2);
      throw stop;
    }
    const answer = readPhoto(reply.status, reply.type, reply.text, asked);
    if (!answer) {
      if (error(reply) && [400, 404, 413, 415, 422].includes(reply.status)) return false;
      throw stopFor(reply);
    }
    if (answer.complete) return true;
    if (answer.offset <= at && reply.status !== 409) return false;
    if (reply.status !== 409) part = Math.min(PART.most, part * 2);
    at = answer.offset;
  }
  return false;
}

// ---- What the server still has, and when a sealed copy may go

const offered = (row) => Boolean(row.sealed) && row.state !== "waiting" && !row.onlyHere;

/** After a new epoch: the records that this server has not confirmed yet. Once a day: all of them. */
export async function offer(token, { all }) {
  const { epoch } = (await fact("sync")) || {};
  const asked = (await rows()).filter((row) => offered(row) && (all || row.epoch !== epoch));
  for (let at = 0; at < asked.length; at += 500) {
    const some = asked.slice(at, at + 500);
    const reply = await post("/sync/have", { epoch: epoch || null, records: some.map(({ id, digest }) => ({ id, digest })) }, token);
    const answer = readHave(reply.status, reply.type, reply.text, some);
    if (!answer) throw stopFor(reply);
    await applyHave(answer);
  }
  if (all) await noteSync({ lastHaveAt: Date.now() });
}

async function applyHave({ epoch, serverTime, backedUpThrough, missing, stored, backedUp, gone }) {
  await write(["outbox", "photos", "facts"], async (outbox, photos, facts) => {
    const lists = [["missing", missing], ["stored", stored], ["backedUp", backedUp], ["gone", gone]];
    for (const [list, ids] of lists) {
      for (const id of ids) {
        const row = await result(outbox.get(id));
        if (!row || !offered(row)) continue;
        if (list === "gone") forget(row, outbox, photos);
        else {
          const next = afterHave(row, list, { epoch, serverTime, backedUpThrough });
          outbox.put(next);
          if (row.photo && !next.sealed) photos.delete(row.photo);
        }
      }
    }
    await patch(facts, { epoch, serverTime, backedUpThrough });
  });
}

/** Pure: what a row becomes after `have` named it missing, stored or backedUp. */
export function afterHave(row, list, { epoch, serverTime, backedUpThrough }) {
  // Kept in the server's quarantine: what could not be read there is not known by its id, and would fare no better again.
  if (list === "missing" && row.state === "invalid" && row.epoch === epoch) return row;
  if (list === "missing") {
    return { ...row, state: "waiting", serverSeq: null, epoch: null, storedAt: null, backedUpAt: null, photoSent: false, attempts: 0, notBefore: null };
  }
  // A new epoch may have lost the photo even where it kept the record: ask for it again.
  const next = { ...row, epoch, photoSent: row.photoSent && row.epoch === epoch };
  if (list !== "backedUp") return { ...next, backedUpAt: null };
  next.backedUpAt = row.backedUpAt || serverTime;
  const old = Date.parse(serverTime) - Date.parse(row.storedAt || serverTime) >= 7 * DAY;
  const covered = row.seqEpoch !== epoch || row.serverSeq === null || row.serverSeq <= backedUpThrough;
  return old && covered && (!row.photo || next.photoSent) ? { ...next, sealed: null } : next;
}

/** Sealed copies that have been backed up for 30 days go in any case; what is left of them in the list goes after 90. */
export async function dropOld() {
  const { serverTime } = (await fact("sync")) || {};
  const since = (time) => (serverTime && time ? Date.parse(serverTime) - Date.parse(time) : 0);
  await write(["outbox", "photos"], async (outbox, photos) => {
    for (const row of await result(outbox.getAll())) {
      const safe = row.backedUpAt && since(row.backedUpAt) >= 30 * DAY && (!row.photo || row.photoSent) && row.state !== "waiting";
      if (row.sealed && safe) {
        outbox.put({ ...row, sealed: null });
        if (row.photo) photos.delete(row.photo);
      } else if (!row.sealed && since(row.storedAt) >= 90 * DAY) outbox.delete(row.id);
    }
  });
}

// ---- What became of the officer's own records

export async function readNews(token, person) {
  // A new phone holds nothing that the rest of the history could be about.
  const isNew = !((await fact("sync")) || {}).inboxAfter && !(await rows()).some((row) => row.authorId === person.accountId);
  for (let pages = 0; pages < 20; pages++) {
    const { inboxAfter = 0 } = (await fact("sync")) || {};
    const reply = await call(`/sync/inbox?after=${inboxAfter}${isNew ? "&only=back" : ""}`, { headers: bearer(token) });
    const answer = readInbox(reply.status, reply.type, reply.text);
    if (!answer) throw stopFor(reply);
    await write(["outbox", "facts"], async (outbox, facts) => {
      for (const item of answer.items) {
        const row = await result(outbox.get(item.id));
        const next = row ? withNews(row, item) : newsOnly(item, person);
        if (next) outbox.put(next);
      }
      const { epoch } = (await result(facts.get("sync"))) || {};
      const restored = epoch && epoch !== answer.epoch;
      await patch(facts, { epoch: answer.epoch, serverTime: answer.serverTime, inboxAfter: restored ? 0 : answer.after, lastNewsAt: Date.now() });
    });
    if (!answer.more || answer.after <= inboxAfter) return;
  }
}

function withNews(row, { receiptCode, status, at, reasons }) {
  if (row.news && row.news.statusAt > at) return null;
  return { ...row, receiptCode: row.receiptCode || receiptCode, news: { serverStatus: status, statusReasons: reasons, statusAt: at } };
}

// A record that is not on this phone any more is listed only when there is something to do about it, and only for the person
// who is named as its author: the phone's other officers have their own news.
function newsOnly(item, person) {
  if (item.authorId !== person.accountId || !["returned", "declined"].includes(item.status)) return null;
  const row = { id: item.id, kind: "create", parent: null, receiptCode: null, authorId: person.accountId, savedAt: item.at, state: "stored", reasons: [],
    attempts: 0, bytes: 0, photo: null, photoBytes: 0, photoSent: false, list: null, nikHint: null, sealed: null, storedAt: item.at };
  return withNews(row, item);
}
