// Nothing but our server's own answer, for the very record that was sent, ever marks a record as stored.
import test from "node:test";
import assert from "node:assert/strict";
import { isPong, MEDIA_TYPE, readBatch, readEnrolment, readError, readHave, readInbox, readPhoto, retryAfter } from "../../static/client/answer.js";

const A = { id: "01935f2a-0000-7000-8000-00000000000a", digest: "d".repeat(43) };
const B = { id: "01935f2a-0000-7000-8000-00000000000b", digest: "e".repeat(43) };
const SHA = "ab".repeat(32);
const top = { epoch: "e1", server_time: "2026-11-22T08:31:22Z", backed_up_through: 0 };
const stored = (one, more = {}) => ({ ...one, status: "accepted", server_seq: 7, reasons: [], ...more });
const batch = (results, more = {}) => JSON.stringify({ ...top, results, ...more });
const read = (text, { status = 200, type = MEDIA_TYPE, sent = [A, B] } = {}) => readBatch(status, type, text, sent);
const acknowledged = (answer) => Object.keys((answer && answer.results) || {});

test("our server's answer is recognised, record by record", () => {
  const held = stored(B, { status: "held", server_seq: 8, reasons: [{ field: null, code: "same_nik" }] });
  assert.deepEqual(read(batch([stored(A), held])), {
    epoch: "e1", serverTime: top.server_time, backedUpThrough: 0,
    results: {
      [A.id]: { status: "accepted", serverSeq: 7, reasons: [] },
      [B.id]: { status: "held", serverSeq: 8, reasons: [{ field: null, code: "same_nik" }] },
    },
  });
  for (const status of ["accepted", "duplicate", "awaiting_photo", "held", "invalid", "conflict"]) {
    assert.equal(read(batch([stored(A, { status })])).results[A.id].status, status);
  }
  for (const status of ["gone", "retry", "invalid", "conflict"]) {
    assert.equal(read(batch([stored(A, { status, server_seq: null })])).results[A.id].status, status);
  }
  assert.deepEqual(acknowledged(read(batch([stored(A)]), { type: `${MEDIA_TYPE}; charset=utf-8` })), [A.id]);
});

const good = batch([stored(A), stored(B, { server_seq: 8 })]);
const notOurs = {
  "a captive portal": ["<html><body>Selamat datang di WiFi gratis</body></html>", { type: "text/html" }],
  "a portal that lies about its type": ["<html><body>OK</body></html>", {}],
  "our answer as text/html": [good, { type: "text/html" }],
  "our answer as plain JSON": [good, { type: "application/json" }],
  "our answer without a type": [good, { type: null }],
  "our answer with a type that only begins like ours": [good, { type: MEDIA_TYPE + "x" }],
  "our answer with our type as a parameter": [good, { type: `text/html; was=${MEDIA_TYPE}` }],
  "our answer with two types": [good, { type: `text/html, ${MEDIA_TYPE}` }],
  "a redirect that was not followed": ["", { status: 0, type: null }],
  "202 in place of 200": [good, { status: 202 }],
  "206": [good, { status: 206 }],
  "302": [good, { status: 302 }],
  "401": [good, { status: 401 }],
  "500 with our body": [good, { status: 500 }],
  "503 with our body": [good, { status: 503 }],
  "nothing": ["", {}],
  "half of it": [good.slice(0, good.length / 2), {}],
  "all but the last character": [good.slice(0, -1), {}],
  "two answers": [good + good, {}],
  "gzip that was not unpacked": ["\u001f\u008b\u0008\u0000\u0000", {}],
  "null": ["null", {}],
  "a number": ["200", {}],
  "a list": [`[${good}]`, {}],
  "a string": [JSON.stringify(good), {}],
  "a proxy's word": ['{"status":"ok","success":true}', {}],
  "no epoch": [batch([stored(A)], { epoch: undefined }), {}],
  "an empty epoch": [batch([stored(A)], { epoch: "" }), {}],
  "no time": [batch([stored(A)], { server_time: undefined }), {}],
  "a time that is none": [batch([stored(A)], { server_time: "2026-99-99T99:99:99Z" }), {}],
  "no backed_up_through": [batch([stored(A)], { backed_up_through: undefined }), {}],
  "backed_up_through as text": [batch([stored(A)], { backed_up_through: "0" }), {}],
  "no results": [JSON.stringify(top), {}],
  "results that are no list": [batch({ [A.id]: "accepted" }), {}],
};

for (const [name, [text, how]] of Object.entries(notOurs)) {
  test(`no answer: ${name}`, () => assert.equal(read(text, how), null));
}

const notThisRecord = {
  "another id": stored({ ...A, id: "01935f2a-0000-7000-8000-00000000000c" }),
  "the id in capitals": stored({ ...A, id: A.id.toUpperCase() }),
  "no id": stored({ digest: A.digest }),
  "another digest": stored({ ...A, digest: B.digest }),
  "a cut digest": stored({ ...A, digest: A.digest.slice(0, 42) }),
  "no digest": stored({ id: A.id }),
  "digest null": stored({ ...A, digest: null }),
  "an unknown status": stored(A, { status: "ok" }),
  "a status in capitals": stored(A, { status: "Accepted" }),
  "a status that every object has": stored(A, { status: "constructor" }),
  "a status as a list": stored(A, { status: ["accepted"] }),
  "no status": stored(A, { status: undefined }),
  "accepted without a number": stored(A, { server_seq: null }),
  "held without a number": stored(A, { status: "held", server_seq: undefined }),
  "a number as text": stored(A, { server_seq: "7" }),
  "number zero": stored(A, { server_seq: 0 }),
  "a negative number": stored(A, { server_seq: -7 }),
  "a broken number": stored(A, { server_seq: 7.5 }),
  "an endless number": stored(A, { server_seq: 2 ** 60 }),
  "reasons as text": stored(A, { reasons: "none" }),
  "reasons without a code": stored(A, { reasons: [{ field: "nik" }] }),
};

for (const [name, result] of Object.entries(notThisRecord)) {
  test(`not this record's answer: ${name}; its neighbour is answered`, () => {
    assert.deepEqual(acknowledged(read(batch([result, stored(B, { server_seq: 8 })]))), [B.id]);
  });
}

test("a record that is answered twice is not answered", () => {
  assert.deepEqual(acknowledged(read(batch([stored(A), stored(A, { status: "invalid" }), stored(B)]))), [B.id]);
});

test("5,000 mutations of a good answer acknowledge only what they still name whole", () => {
  let seed = 8105;
  const random = (below) => (seed = (seed * 1103515245 + 12345) % 2147483648) % below;
  const trash = '{}[]",:0aA\u0000é<';
  for (let i = 0; i < 5000; i++) {
    let text = good;
    for (let slips = 1 + random(3); slips > 0; slips--) {
      const at = random(text.length);
      const kind = random(4);
      if (kind === 0) text = text.slice(0, at) + text.slice(at + 1 + random(20));
      else if (kind === 1) text = text.slice(0, at) + trash[random(trash.length)] + text.slice(at + 1);
      else if (kind === 2) text = text.slice(0, at) + text.slice(random(text.length));
      else text = text.slice(0, at);
    }
    for (const id of acknowledged(read(text))) {
      const { digest } = [A, B].find((one) => one.id === id);
      const named = JSON.parse(text).results.filter((one) => one && one.id === id);
      assert.equal(named.length, 1, text);
      assert.equal(named[0].digest, digest, text);
      assert.ok(["accepted"].includes(named[0].status) && Number.isSafeInteger(named[0].server_seq), text);
    }
  }
});

test("have: only asked ids, and contradictions are left alone", () => {
  const have = (lists, how = {}) =>
    readHave(how.status || 200, how.type || MEDIA_TYPE, JSON.stringify({ ...top, missing: [], stored: [], backed_up: [], gone: [], ...lists }), [A, B]);
  assert.deepEqual(have({ missing: [A.id], stored: [B.id] }).missing, [A.id]);
  assert.deepEqual(have({ missing: [A.id], stored: [B.id] }).stored, [B.id]);
  assert.deepEqual(have({ backed_up: [A.id], stored: [A.id] }).backedUp, [A.id]);
  const strange = "01935f2a-0000-7000-8000-00000000000c";
  assert.deepEqual(have({ gone: [strange] }).gone, []);
  assert.deepEqual(have({ gone: [A.id], stored: [A.id] }).gone, []);
  assert.deepEqual(have({ missing: [A.id], gone: [A.id] }).missing, []);
  assert.deepEqual(have({ missing: [A.id], backed_up: [A.id] }).backedUp, []);
  for (const broken of [{ missing: undefined }, { gone: "all" }, { gone: [null] }, { stored: ["*"] }, { epoch: null }]) assert.equal(have(broken), null);
  assert.equal(have({ gone: [A.id] }, { type: "application/json" }), null);
  assert.equal(have({ gone: [A.id] }, { status: 201 }), null);
});

test("inbox: items that cannot be read are left out", () => {
  const item = { id: A.id, receipt_code: "K7QM3F8T9XW1", status: "returned", at: top.server_time, reasons: [{ field: "name", code: "unreadable" }] };
  const inbox = (items, more = {}) => readInbox(200, MEDIA_TYPE, JSON.stringify({ epoch: "e1", server_time: top.server_time, after: 3, more: false, items, ...more }));
  assert.deepEqual(inbox([item]).items, [{ id: A.id, authorId: null, receiptCode: "K7QM3F8T9XW1", status: "returned", at: top.server_time, reasons: item.reasons }]);
  assert.equal(inbox([{ ...item, author_id: B.id }]).items[0].authorId, B.id);
  assert.deepEqual(inbox([{ ...item, status: "done" }, { ...item, id: 7 }, { ...item, at: "now" }, null, { ...item, reasons: "x" }]).items, []);
  assert.equal(inbox([], { after: -1 }), null);
  assert.equal(inbox({}, {}), null);
  assert.equal(readInbox(200, "text/html", "{}"), null);
});

test("photo: the answer names this photo and a place inside it", () => {
  const photo = (value, status = 200, type = MEDIA_TYPE) =>
    readPhoto(status, type, JSON.stringify({ sha256: SHA, offset: 65536, complete: false, status: "receiving", ...value }), { sha256: SHA, total: 80000 });
  assert.deepEqual(photo({}), { offset: 65536, complete: false });
  assert.deepEqual(photo({ offset: 0 }, 409), { offset: 0, complete: false });
  assert.deepEqual(photo({ offset: 80000, complete: true }), { offset: 80000, complete: true });
  for (const broken of [{ sha256: "cd".repeat(32) }, { offset: 80001 }, { offset: -1 }, { offset: "1" }, { complete: "yes" }, { complete: true }]) {
    assert.equal(photo(broken), null);
  }
  assert.equal(photo({ offset: 80000, complete: true }, 500), null);
  assert.equal(photo({ offset: 80000, complete: true }, 200, "application/json"), null);
});

test("errors, pings and waiting times", () => {
  assert.deepEqual(readError(401, MEDIA_TYPE, '{"error":"token_expired","message":"x"}'), { code: "token_expired" });
  assert.equal(readError(401, "text/html", "<h1>Log in</h1>"), null);
  assert.equal(readError(401, MEDIA_TYPE, "{}"), null);
  assert.equal(readError(200, MEDIA_TYPE, '{"error":"x"}'), null);
  assert.equal(isPong(200, '{"sbt":"pong","version":"1"}'), true);
  for (const text of ['{"sbt":"ping"}', "pong", "<html>", "", "null"]) assert.equal(isPong(200, text), false);
  assert.equal(isPong(503, '{"sbt":"pong"}'), false);
  const now = Date.parse("2026-11-22T08:00:00Z");
  assert.equal(retryAfter("120", now), 120000);
  assert.equal(retryAfter("Sun, 22 Nov 2026 08:01:00 GMT", now), 60000);
  assert.equal(retryAfter("99999999", now), 30 * 60 * 1000);
  for (const nothing of [null, "", "soon", "Sun, 22 Nov 2020 08:01:00 GMT", "-5"]) assert.equal(retryAfter(nothing, now), 0);
});

test("an enrolment is whole or none", () => {
  const whole = { device_id: A.id, token: "t".repeat(43), expires_at: top.server_time, epoch: "e1", server_time: top.server_time, next_seq: 1,
    account: { id: B.id, username: "sari", name: "Sari", region_code: "81.05.01", region_name: "Bula" } };
  const enrol = (more, type = MEDIA_TYPE) => readEnrolment(200, type, JSON.stringify({ ...whole, ...more }));
  assert.equal(enrol({}).account.accountId, B.id);
  assert.equal(enrol({}).nextSeq, 1);
  for (const broken of [{ token: "" }, { device_id: null }, { next_seq: 0 }, { next_seq: "1" }, { account: null }, { account: { id: 7 } }]) assert.equal(enrol(broken), null);
  assert.equal(enrol({}, "text/html"), null);
});
