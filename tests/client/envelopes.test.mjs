// The golden envelopes in the phone's own modules: the same header, digest and positions, and seals that open.
import test from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";
import { AEAD_AES_256_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_DHKEM_P256_HKDF_SHA256 } from "../../static/vendor/hpke@1.1.7/hpke.js";
import { canonicalHeader, contentArray, digestOf, pack, wire } from "../../static/client/envelope.js";
import { base64url, fromBase64url, utf8 } from "../../static/client/ids.js";
import { sealPhoto, sealRecord } from "../../static/client/seal.js";

const cases = JSON.parse(readFileSync(new URL("../shared_cases/envelopes.json", import.meta.url)));
const table = JSON.parse(readFileSync(new URL("../shared_cases/rules_table.json", import.meta.url)));
const suite = new CipherSuite(KEM_DHKEM_P256_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_AES_256_GCM);
const key = await suite.DeserializePrivateKey(fromBase64url(cases.key.private), true);
const open = (sealed, info) => suite.Open(key, sealed.subarray(0, 65), sealed.subarray(65), { info });
const text = (bytes) => new TextDecoder().decode(bytes);
const read = (plain) => JSON.parse(text(plain[0] ? inflateSync(plain.subarray(1)) : plain.subarray(1)));

for (const one of cases.envelopes) {
  const sealed = fromBase64url(one.wire.sealed);

  test(`header, digest and positions: ${one.name}`, async () => {
    assert.equal(text(canonicalHeader(one.header)), one.canonical_header);
    assert.equal(text(canonicalHeader(one.wire)), one.canonical_header);
    assert.equal(await digestOf(one.header, sealed), one.wire.digest);
    assert.deepEqual(contentArray(table.content, one.content), one.positions);
    assert.deepEqual(wire({ header: one.header, sealed, digest: one.wire.digest }), one.wire);
  });

  test(`opens: ${one.name}`, async () => {
    const plain = await open(sealed, utf8(one.canonical_header));
    assert.equal(base64url(plain), one.plaintext);
    assert.deepEqual(read(plain), one.positions);
    assert.deepEqual(read(await pack(one.positions)), one.positions);
  });

  test(`what this phone seals opens too: ${one.name}`, async () => {
    const made = await sealRecord(one.header, one.positions, cases.key);
    assert.deepEqual(read(await open(made.sealed, utf8(one.canonical_header))), one.positions);
    assert.equal(made.digest, await digestOf(one.header, made.sealed));
  });
}

test("the photo opens with its record's id, and what this phone seals does too", async () => {
  const { photo } = cases;
  assert.equal(base64url(await open(fromBase64url(photo.sealed), utf8(photo.info))), photo.photo);
  const made = await sealPhoto(fromBase64url(photo.photo), photo.record_id, cases.key);
  assert.equal(made.bytes, photo.bytes);
  assert.equal(base64url(await open(made.sealed, utf8(photo.info))), photo.photo);
});
