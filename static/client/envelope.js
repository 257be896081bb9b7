// The envelope of a record, to the byte, as docs/protocol.md tells it. Pure: no network, no storage.
import { base64url, sha256, utf8 } from "./ids.js";

const LINES = ["v", "schema", "id", "kind", "parent", "device_id", "device_seq", "author_id", "saved_at", "server_seen_at", "app", "key_id"];

/** The bytes that name a record: bound to the sealed content as HPKE's info, and hashed into the digest. */
export function canonicalHeader(header) {
  const photos = (header.photos || []).map(({ sha256: hash, bytes }) => `${hash}:${bytes}`).join(",");
  const values = LINES.map((name) => (header[name] === null || header[name] === undefined ? "" : String(header[name])));
  return utf8(["sbt-envelope", ...values, photos].join("\n"));
}

/** The content as positions of the schema: null is not given (in a correction: unchanged), "" is cleared. */
export function contentArray(names, content) {
  const positions = names.map((name) => (content[name] === undefined ? null : content[name]));
  while (positions.length && positions[positions.length - 1] === null) positions.pop();
  return positions;
}

export async function compress(bytes, format) {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream(format));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

export const canCompress = () => typeof CompressionStream === "function";

export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The plaintext: one byte that says how, then the JSON, zlib-compressed where that makes it smaller. */
export async function pack(positions) {
  const json = utf8(JSON.stringify(positions));
  const small = canCompress() ? await compress(json, "deflate") : json;
  return small.length < json.length ? concat([1], small) : concat([0], json);
}

export const digestOf = async (header, sealed) => base64url(await sha256(concat(canonicalHeader(header), [10], sealed)));

/** The JSON object that goes over the wire. */
export function wire({ header, sealed, digest }) {
  const object = { ...header, sealed: base64url(sealed), digest };
  for (const name of ["parent", "server_seen_at"]) if (!object[name]) delete object[name];
  if (!object.photos || !object.photos.length) delete object.photos;
  return object;
}
