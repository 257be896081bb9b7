// The outbox: a record is sealed and written in one strict transaction, and only then has it a receipt.
// What stands here in clear: receipt code, time, village, occupation, status, a masked name, and 12 bits of a salted hash of the NIK.
import { contentArray, wire } from "./envelope.js";
import { profile } from "./enrol.js";
import { base64url, sha256, timestamp, utf8, uuid7 } from "./ids.js";
import { makeReceiptCode } from "./receipt_code.js";
import { loadRules } from "./rules.js";
import { sealPhoto, sealRecord } from "./seal.js";
import { fact, read, result, rows, StoreFull, write } from "./store.js";

export { StoreFull };
/** Nothing can be saved yet; the message says why: nobody has signed in on this phone ("sign_in"), the rules and the key are
 *  not here ("rules"), or a withdrawal's receipt code is not known here ("receipt_code"). */
export class NotReady extends Error {}

/** Seals and keeps one record -> {id, receiptCode, bytes}. */
export async function saveRecord({ kind = "create", parent = null, answers = {}, confirmedWarnings = [], photo = null, list = {} }) {
  const author = await profile();
  if (!author) throw new NotReady("sign_in");
  const rules = await loadRules().catch(() => { throw new NotReady("rules"); });
  const before = parent && (await read(["outbox"], (outbox) => result(outbox.get(parent))));
  const receiptCode = kind === "create" ? makeReceiptCode() : (before && before.receiptCode) || null;
  if (kind === "withdraw" && !receiptCode) throw new NotReady("receipt_code");
  const id = uuid7();
  const sealedPhoto = photo && (await sealPhoto(photo, id, rules.key));
  const content = { ...answers, receipt_code: receiptCode, confirmed_warnings: confirmedWarnings.length ? confirmedWarnings : null };
  const draft = {
    v: 1, schema: "registration/1", id, kind, parent, author_id: author.accountId, saved_at: timestamp(), app: rules.app, key_id: rules.key.id,
    photos: sealedPhoto ? [{ sha256: sealedPhoto.sha256, bytes: sealedPhoto.bytes }] : [],
  };
  const clear = {
    ...(before && before.list),
    ...(answers.village && { village: answers.village }),
    ...(answers.occupation && { occupation: answers.occupation }),
    ...list,
    ...(answers.name && { maskedName: maskName(answers.name) }),
  };
  const row = {
    id, parent, kind, receiptCode, authorId: author.accountId, savedAt: draft.saved_at, state: "waiting", reasons: [], attempts: 0,
    list: { village: clear.village || null, occupation: clear.occupation || null, maskedName: clear.maskedName || null },
    nikHint: answers.nik ? await nikHint(answers.nik) : null,
    photo: sealedPhoto ? sealedPhoto.sha256 : null, photoBytes: sealedPhoto ? sealedPhoto.bytes : 0, photoSent: false,
  };
  const positions = contentArray(rules.content, kind === "withdraw" ? { receipt_code: receiptCode } : content);
  const bytes = await oneAtATime(() => number(draft, positions, rules.key, row, sealedPhoto));
  askToStay();
  self.dispatchEvent(new Event("sbt-saved"));
  return { id, receiptCode, bytes };
}

const oneAtATime = (work) => (navigator.locks ? navigator.locks.request("sbt-save", work) : work());

// Sealing is slow for a transaction (it would end meanwhile), so: take the next number, seal with it, and write only if it is
// still the next one. Row, photo and counter stand or fall together: no number is lost and none is used twice.
async function number(draft, positions, key, row, photo) {
  for (;;) {
    const [device, sync] = [await fact("device"), await fact("sync")];
    const header = { ...draft, device_id: device.deviceId, device_seq: device.nextSeq, server_seen_at: (sync && sync.serverTime) || null };
    const record = await sealRecord(header, positions, key);
    const bytes = JSON.stringify(wire(record)).length;
    const written = await write(["outbox", "photos", "facts"], async (outbox, photos, facts) => {
      const now = await result(facts.get("device"));
      if (now.deviceId !== device.deviceId || now.nextSeq !== device.nextSeq) return false;
      facts.put({ ...now, nextSeq: now.nextSeq + 1 }, "device");
      outbox.add({ ...row, ...record, bytes });
      if (photo) photos.put({ sha256: photo.sha256, sealed: photo.sealed });
      return true;
    });
    if (written) return bytes;
  }
}

async function askToStay() {
  try {
    if (!(await navigator.storage.persisted())) await navigator.storage.persist();
  } catch { /* an old WebView: nothing to ask */ }
}

/** "La Ode Rumbia" -> "L. O. R." */
export const maskName = (name) => name.split(" ").slice(0, 3).map((word) => [...word][0].toUpperCase() + ".").join(" ");

// 12 bits of a salted hash: enough to warn, far too little to find a NIK by trying them all.
async function nikHint(nik) {
  const salt = (await fact("salt")) || await write(["facts"], async (facts) => {
    const kept = await result(facts.get("salt"));
    const made = kept || crypto.getRandomValues(new Uint8Array(16));
    if (!kept) facts.put(made, "salt");
    return made;
  });
  const hash = await sha256(utf8(base64url(salt) + nik));
  return hash[0] * 16 + (hash[1] >> 4);
}

/** Whether a record of this NIK may be on this phone; now and then (1 in 4096 a record) yes is wrong, no never is. */
export async function mayBeOnThisPhone(nik) {
  const hint = await nikHint(nik);
  return (await rows()).some((row) => row.nikHint === hint);
}

/** The signed-in person's records, newest first. */
export async function records() {
  const person = await profile();
  if (!person) return [];
  const own = (await rows()).filter((row) => row.authorId === person.accountId);
  return comeBack(own.sort((a, b) => (a.savedAt + a.id < b.savedAt + b.id ? 1 : -1)).map((row) => ({
    id: row.id, kind: row.kind, parent: row.parent, receiptCode: row.receiptCode, savedAt: row.savedAt,
    village: null, occupation: null, maskedName: null, ...row.list,
    state: row.state === "waiting" && row.attempts ? "retry" : row.state, reasons: row.reasons,
    bytes: row.bytes, photoBytes: row.photoBytes, photoSent: row.photoSent, storedAt: row.storedAt, onlyHere: row.onlyHere,
    serverStatus: null, statusReasons: [], statusAt: null, ...row.news, mine: true,
  })));
}

/** Pure, newest first: adds to each record whether it came `back` and waits to be put right, and what was `told` of it. */
export function comeBack(list) {
  return list.map((one) => {
    const answer = list.find(({ parent }) => parent === one.id);
    const refused = answer && answer.state === "invalid";
    const open = !answer || refused || one.onlyHere || toldSince(one, answer);
    const told = refused ? answer.reasons : one.statusReasons.length ? one.statusReasons : answer ? [] : one.reasons;
    const came = one.serverStatus ? ["returned", "declined"].includes(one.serverStatus) : ["invalid", "conflict"].includes(one.state);
    return { ...one, back: one.kind === "create" && came && open, told: open ? told : [] };
  });
}

// A correction answers what was told before it. This phone's clock may be ahead and its sending late: the earlier time counts.
const toldSince = ({ statusAt }, { state, savedAt, storedAt }) =>
  Boolean(statusAt) && !["waiting", "retry"].includes(state) && Date.parse(statusAt) > Math.min(Date.parse(savedAt), Date.parse(storedAt || savedAt));

/** How many records of other people wait on this phone to be sent. */
export async function othersWaiting() {
  const person = await profile();
  return (await rows()).filter((row) => row.state === "waiting" && !(person && row.authorId === person.accountId)).length;
}

/** {usage, quota} in bytes, as far as the browser tells. */
export async function room() {
  try {
    const { usage, quota } = await navigator.storage.estimate();
    return { usage, quota };
  } catch {
    return { usage: 0, quota: 0 };
  }
}

/** Everything sealed on this phone as one file that a supervisor can upload. Only the server can read it. */
export async function exportBundle() {
  const [kept, photos] = await read(["outbox", "photos"], (outbox, store) => Promise.all([result(outbox.getAll()), result(store.getAll())]));
  const device = await fact("device");
  const bundle = {
    bundle: "sbt-outbox/1", device_id: device ? device.deviceId : null, made_at: timestamp(),
    records: kept.filter((row) => row.sealed).map(wire),
    photos: Object.fromEntries(photos.map(({ sha256: name, sealed }) => [name, base64url(sealed)])),
  };
  return new Blob([JSON.stringify(bundle)], { type: "application/json" });
}
