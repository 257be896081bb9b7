// Seals what was typed and photographed to the server's public key (HPKE, RFC 9180). Nothing on the phone can open it again.
import { AEAD_AES_256_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_DHKEM_P256_HKDF_SHA256 } from "../vendor/hpke@1.1.7/hpke.js";
import { canonicalHeader, concat, digestOf, pack } from "./envelope.js";
import { fromBase64url, hex, sha256, utf8 } from "./ids.js";

const suite = new CipherSuite(KEM_DHKEM_P256_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_AES_256_GCM);

async function seal(key, info, plaintext) {
  const publicKey = await suite.DeserializePublicKey(fromBase64url(key.public));
  const { encapsulatedSecret, ciphertext } = await suite.Seal(publicKey, plaintext, { info });
  return concat(encapsulatedSecret, ciphertext);
}

/** A record: the header's canonical bytes are bound to it, so no field of the header can be changed afterwards. */
export async function sealRecord(header, positions, key) {
  const sealed = await seal(key, canonicalHeader(header), await pack(positions));
  return { header, sealed, digest: await digestOf(header, sealed) };
}

/** A photo, bound to its record; named by the hash of the sealed bytes. */
export async function sealPhoto(photo, recordId, key) {
  const sealed = await seal(key, utf8(`sbt-photo\n1\n${recordId}\n${key.id}`), photo);
  return { sealed, sha256: hex(await sha256(sealed)), bytes: sealed.length };
}
