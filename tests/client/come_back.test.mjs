import test from "node:test";
import assert from "node:assert/strict";
import { comeBack } from "../../static/client/outbox.js";

const at = (minute) => `2026-11-22T08:${String(minute).padStart(2, "0")}:00Z`;
const nik = [{ field: "nik", code: "nik_wrong" }];
const name = [{ field: "name", code: "too_long" }];
const record = { id: "a", kind: "create", parent: null, state: "stored", reasons: [], savedAt: at(0), storedAt: at(1), serverStatus: null, statusReasons: [], statusAt: null };
const returned = (minute, reasons = nik) => ({ ...record, serverStatus: "returned", statusReasons: reasons, statusAt: at(minute) });
const correction = { ...record, id: "b", kind: "correct", parent: "a", savedAt: at(20), storedAt: at(21) };
const waiting = { ...correction, state: "waiting", storedAt: null };
const stand = (...newestFirst) => {
  const { back, told } = comeBack(newestFirst).find(({ id }) => id === "a");
  return { back, told };
};

test("what came back is back until it is answered", () => {
  assert.deepEqual(stand(record), { back: false, told: [] });
  assert.deepEqual(stand(returned(10)), { back: true, told: nik });
  assert.deepEqual(stand(correction, returned(10)), { back: false, told: [] });
  assert.deepEqual(stand({ ...record, state: "invalid", reasons: name }), { back: true, told: name });
  assert.deepEqual(stand(correction, { ...record, state: "invalid", reasons: name }), { back: false, told: [] });
});

test("what comes back a second time is back again, with the new reasons", () => {
  assert.deepEqual(stand(correction, returned(30, name)), { back: true, told: name });
  const second = { ...correction, id: "c", savedAt: at(40), storedAt: at(41) };
  assert.deepEqual(stand(second, correction, returned(30)), { back: false, told: [] });
  assert.deepEqual(stand(second, correction, returned(50)), { back: true, told: nik });
});

test("neither a clock that is ahead nor an answer that was lost hides it", () => {
  assert.equal(stand({ ...correction, savedAt: at(59) }, returned(30)).back, true);
  assert.equal(stand({ ...correction, storedAt: at(59) }, returned(30)).back, true);
});

test("a correction that waits is an answer, also of a phone whose clock is behind", () => {
  assert.equal(stand({ ...waiting, savedAt: at(2) }, returned(10)).back, false);
  assert.equal(stand({ ...waiting, savedAt: at(2), state: "retry" }, returned(10)).back, false);
});

test("a correction that is itself invalid answers nothing, and its reasons are what has to be put right", () => {
  const invalid = { ...correction, state: "invalid", reasons: name };
  assert.deepEqual(stand(invalid, returned(10)), { back: true, told: name });
  assert.deepEqual(stand(invalid, { ...record, state: "invalid", reasons: nik }), { back: true, told: name });
  assert.deepEqual(stand({ ...waiting, id: "c", savedAt: at(50) }, invalid, returned(10)), { back: false, told: [] });
});

test("what has moved on is not back, and a refusal still says why", () => {
  assert.deepEqual(stand(correction, { ...record, state: "invalid", serverStatus: "active", statusAt: at(30) }).back, false);
  assert.deepEqual(stand(correction, { ...returned(30), serverStatus: "refused" }), { back: false, told: nik });
});

test("what is too large to send stays until it is sent: no correction of it can arrive anywhere", () => {
  const aside = { ...record, state: "invalid", onlyHere: true, reasons: name };
  assert.equal(stand(aside).back, true);
  assert.equal(stand(waiting, aside).back, true);
});
