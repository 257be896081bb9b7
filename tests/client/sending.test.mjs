import test from "node:test";
import assert from "node:assert/strict";
import { afterHave, isWaiting, needsPhoto } from "../../static/client/sending.js";

const sealed = new Uint8Array(3);
const row = { id: "a", state: "stored", sealed, photo: null, photoSent: false, serverSeq: 10, seqEpoch: "e1", epoch: "e1", storedAt: "2026-11-01T00:00:00Z", backedUpAt: null, attempts: 2 };
const now = { epoch: "e1", serverTime: "2026-11-22T00:00:00Z", backedUpThrough: 10 };
const kept = (one, list, at = now) => afterHave(one, list, at).sealed !== null;

test("a sealed copy goes when it is backed up, seven days old and just confirmed", () => {
  assert.equal(kept(row, "backedUp"), false);
  assert.equal(afterHave(row, "backedUp", now).backedUpAt, now.serverTime);
});

test("and stays when any of that is missing", () => {
  assert.equal(kept(row, "stored"), true);
  assert.equal(kept({ ...row, storedAt: "2026-11-15T00:00:01Z" }, "backedUp"), true);
  assert.equal(kept({ ...row, storedAt: "2026-11-15T00:00:00Z" }, "backedUp"), false);
  assert.equal(kept(row, "backedUp", { ...now, backedUpThrough: 9 }), true);
  assert.equal(kept({ ...row, storedAt: null }, "backedUp"), true);
  assert.equal(kept({ ...row, photo: "p" }, "backedUp"), true);
  assert.equal(kept({ ...row, photo: "p", photoSent: true }, "backedUp"), false);
});

test("a photo confirmed by an older server is asked for again before anything goes", () => {
  const next = afterHave({ ...row, photo: "p", photoSent: true, epoch: "e0", seqEpoch: "e0" }, "backedUp", now);
  assert.equal(next.photoSent, false);
  assert.notEqual(next.sealed, null);
  assert.equal(needsPhoto(next), true);
});

test("the number of an older epoch says nothing in this one", () => {
  assert.equal(kept({ ...row, seqEpoch: "e0", serverSeq: 99 }, "backedUp"), false);
  assert.equal(kept({ ...row, seqEpoch: "e0", serverSeq: 99 }, "stored"), true);
});

test("a record that the server lacks waits again, whole", () => {
  const next = afterHave({ ...row, photo: "p", photoSent: true, backedUpAt: now.serverTime }, "missing", { ...now, epoch: "e2" });
  assert.equal(isWaiting(next), true);
  assert.equal(next.photoSent, false);
  assert.equal(next.backedUpAt, null);
  assert.equal(next.epoch, null);
  assert.equal(next.sealed, sealed);
});

test("what lies in this server's quarantine is not sent again, only to another server", () => {
  assert.equal(afterHave({ ...row, state: "invalid" }, "missing", now).state, "invalid");
  assert.equal(afterHave({ ...row, state: "invalid" }, "missing", { ...now, epoch: "e2" }).state, "waiting");
});

test("losing the backup starts its thirty days anew", () => {
  assert.equal(afterHave({ ...row, backedUpAt: "2026-11-02T00:00:00Z" }, "stored", now).backedUpAt, null);
  assert.equal(afterHave({ ...row, backedUpAt: "2026-11-02T00:00:00Z" }, "backedUp", now).backedUpAt, "2026-11-02T00:00:00Z");
});
