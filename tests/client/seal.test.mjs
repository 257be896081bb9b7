import test from "node:test";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { inflateSync } from "node:zlib";
import { AEAD_AES_256_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_DHKEM_P256_HKDF_SHA256 } from "../../static/vendor/hpke@1.1.7/hpke.js";
import { canonicalHeader, contentArray, digestOf, pack, wire } from "../../static/client/envelope.js";
import { base64url, fromBase64url, hex, timestamp, utf8, uuid7 } from "../../static/client/ids.js";
import { sealPhoto, sealRecord } from "../../static/client/seal.js";

const suite = new CipherSuite(KEM_DHKEM_P256_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_AES_256_GCM);
const pair = await suite.GenerateKeyPair(true);
const key = { id: "k1", public: base64url(await suite.SerializePublicKey(pair.publicKey)) };
const open = (sealed, info) => suite.Open(pair.privateKey, sealed.subarray(0, 65), sealed.subarray(65), { info });

const header = {
  v: 1, schema: "registration/1", id: "01935f2a-1111-7111-8111-111111111111", kind: "create", parent: null,
  device_id: "01935f2a-2222-7222-8222-222222222222", device_seq: 12, author_id: "01935f2a-3333-7333-8333-333333333333",
  saved_at: "2026-11-22T08:31:22Z", server_seen_at: null, app: "1.2.3", key_id: "k1", photos: [],
};

test("the canonical header is these bytes and no others", () => {
  const lines = ["sbt-envelope", "1", "registration/1", header.id, "create", "", header.device_id, "12", header.author_id, "2026-11-22T08:31:22Z", "", "1.2.3", "k1", ""];
  assert.equal(new TextDecoder().decode(canonicalHeader(header)), lines.join("\n"));
  const photos = [{ sha256: "ab".repeat(32), bytes: 5 }, { sha256: "cd".repeat(32), bytes: 6 }];
  const text = new TextDecoder().decode(canonicalHeader({ ...header, photos, parent: header.id, server_seen_at: "2026-11-21T00:00:00Z" }));
  assert.ok(text.endsWith(`\n${"ab".repeat(32)}:5,${"cd".repeat(32)}:6`));
  assert.equal(text.split("\n")[5], header.id);
  assert.equal(text.split("\n")[10], "2026-11-21T00:00:00Z");
});

test("content keeps its positions, loses nulls only at its end", () => {
  const names = ["a", "b", "c", "d"];
  assert.deepEqual(contentArray(names, { a: 1, c: "" }), [1, null, ""]);
  assert.deepEqual(contentArray(names, { d: false }), [null, null, null, false]);
  assert.deepEqual(contentArray(names, {}), []);
  assert.deepEqual(contentArray(names, { b: 0, z: 1 }), [null, 0]);
});

test("plaintext says whether it is compressed, and is the smaller of the two", async () => {
  const long = await pack(["La Ode", "x".repeat(500)]);
  assert.equal(long[0], 1);
  assert.deepEqual(JSON.parse(inflateSync(long.subarray(1))), ["La Ode", "x".repeat(500)]);
  const short = await pack(["René"]);
  assert.equal(short[0], 0);
  assert.deepEqual(JSON.parse(new TextDecoder().decode(short.subarray(1))), ["René"]);
  const { CompressionStream } = globalThis;
  try {
    delete globalThis.CompressionStream;
    assert.equal((await pack(["x".repeat(500)]))[0], 0);
  } finally {
    globalThis.CompressionStream = CompressionStream;
  }
});

test("a sealed record opens with its header and with no other", async () => {
  const record = await sealRecord(header, ["K7QM3F8T9XW1", "vulnerable"], key);
  const plain = await open(record.sealed, canonicalHeader(header));
  assert.equal(plain[0], 0);
  assert.deepEqual(JSON.parse(new TextDecoder().decode(plain.subarray(1))), ["K7QM3F8T9XW1", "vulnerable"]);
  await assert.rejects(open(record.sealed, canonicalHeader({ ...header, device_seq: 13 })));
  const sum = createHash("sha256").update(canonicalHeader(header)).update("\n").update(record.sealed).digest("base64url");
  assert.equal(record.digest, sum);
  assert.equal(record.digest, await digestOf(header, record.sealed));
  const again = await sealRecord(header, ["K7QM3F8T9XW1", "vulnerable"], key);
  assert.notEqual(again.digest, record.digest);
});

test("on the wire, empty fields are left out", async () => {
  const record = await sealRecord(header, [], key);
  const object = JSON.parse(JSON.stringify(wire({ ...record, list: "never sent" })));
  assert.deepEqual(Object.keys(object).sort(),
    ["app", "author_id", "device_id", "device_seq", "digest", "id", "key_id", "kind", "saved_at", "schema", "sealed", "v"]);
  assert.deepEqual(fromBase64url(object.sealed), record.sealed);
  const photo = { sha256: "ab".repeat(32), bytes: 5 };
  assert.deepEqual(wire({ ...record, header: { ...header, photos: [photo] } }).photos, [photo]);
});

test("a photo is sealed to its record and named by what was sealed", async () => {
  const photo = crypto.getRandomValues(new Uint8Array(60000));
  const made = await sealPhoto(photo, header.id, key);
  assert.equal(made.bytes, photo.length + 81);
  assert.equal(made.sealed.length, made.bytes);
  assert.equal(made.sha256, createHash("sha256").update(made.sealed).digest("hex"));
  assert.deepEqual(await open(made.sealed, utf8(`sbt-photo\n1\n${header.id}\nk1`)), photo);
  await assert.rejects(open(made.sealed, utf8(`sbt-photo\n1\n${header.device_id}\nk1`)));
});

test("a UUIDv7 carries its time and sorts by it", () => {
  const at = Date.parse("2026-11-22T08:31:22Z");
  const id = uuid7(at);
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(parseInt(id.slice(0, 8) + id.slice(9, 13), 16), at);
  assert.ok(uuid7(at) < uuid7(at + 1));
  assert.equal(new Set(Array.from({ length: 1000 }, () => uuid7(at))).size, 1000);
  assert.ok(new Set(Array.from({ length: 200 }, () => uuid7(at)[19])).size === 4);
});

test("bytes to text and back", () => {
  for (let length = 0; length < 70; length++) {
    const bytes = crypto.getRandomValues(new Uint8Array(length));
    assert.equal(base64url(bytes), Buffer.from(bytes).toString("base64url"));
    assert.deepEqual(fromBase64url(base64url(bytes)), bytes);
    assert.equal(hex(bytes), Buffer.from(bytes).toString("hex"));
  }
  const large = new Uint8Array(100000).fill(255);
  assert.deepEqual(fromBase64url(base64url(large)), large);
  assert.equal(timestamp(Date.parse("2026-11-22T08:31:22.987Z")), "2026-11-22T08:31:22Z");
});
