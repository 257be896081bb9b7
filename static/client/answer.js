// What counts as an answer of our server. Everything else (a captive portal's 200, a proxy's JSON, half a body) is no answer,
// and a record that was not answered stays as it is. Pure functions: (status, content type, body text, what was asked) -> answer or null.

export const MEDIA_TYPE = "application/vnd.sbt.sync+json";

const WORDS = ["submitted", "held", "returned", "approved", "waitlisted", "sent", "active", "declined", "refused", "withdrawn", "ended"];
const STORED = ["accepted", "duplicate", "awaiting_photo", "held"];
const STATUSES = [...STORED, "invalid", "conflict", "gone", "retry"];

const isText = (value, most = 200) => typeof value === "string" && value.length > 0 && value.length <= most;
const isCount = (value) => Number.isSafeInteger(value) && value >= 0;
const isTime = (value) => isText(value, 40) && /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}/.test(value) && Number.isFinite(Date.parse(value));
const isId = (value) => isText(value, 36) && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value);
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isReason = (value) => isObject(value) && isText(value.code, 64) && (value.field === null || value.field === undefined || isText(value.field, 64));
const areReasons = (value) => Array.isArray(value) && value.every(isReason);

function body(contentType, text) {
  if (!/^application\/vnd\.sbt\.sync\+json(;\s*charset=utf-8)?$/i.test((contentType || "").trim())) return null;
  try {
    const value = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

const head = (value) => isText(value.epoch, 64) && isTime(value.server_time) && isCount(value.backed_up_through) &&
  { epoch: value.epoch, serverTime: value.server_time, backedUpThrough: value.backed_up_through };

/** Batch: {epoch, serverTime, backedUpThrough, results: {id: {status, serverSeq, reasons}}} with only what names a sent record and its
 *  digest; a record that is not among them was not answered. */
export function readBatch(status, contentType, text, sent) {
  const value = status === 200 ? body(contentType, text) : null;
  const top = value && head(value);
  if (!top || !Array.isArray(value.results)) return null;
  const results = {};
  for (const { id, digest } of sent) {
    const named = value.results.filter((one) => isObject(one) && one.id === id);
    if (named.length === 1 && named[0].digest === digest && isResult(named[0])) {
      const { status: word, server_seq: serverSeq = null, reasons } = named[0];
      results[id] = { status: word, serverSeq, reasons: reasons || [] };
    }
  }
  return { ...top, results };
}

function isResult({ status, server_seq: seq, reasons }) {
  if (!STATUSES.includes(status)) return false;
  if (reasons !== undefined && reasons !== null && !areReasons(reasons)) return false;
  const placed = isCount(seq) && seq > 0;
  return placed || ((seq === null || seq === undefined) && !STORED.includes(status));
}

/** Have: the asked ids sorted into {missing, stored, backedUp, gone}. */
export function readHave(status, contentType, text, asked) {
  const value = status === 200 ? body(contentType, text) : null;
  const top = value && head(value);
  if (!top) return null;
  const lists = [value.missing, value.stored, value.backed_up, value.gone];
  if (!lists.every((list) => Array.isArray(list) && list.every(isId))) return null;
  const [missing, stored, backedUp, gone] = lists.map((list) => asked.filter(({ id }) => list.includes(id)).map(({ id }) => id));
  // An id in two contradicting lists is not answered: the safe reading is to keep the copy as it is.
  const clear = (id) => missing.includes(id) + (stored.includes(id) || backedUp.includes(id)) + gone.includes(id) === 1;
  return { ...top, missing: missing.filter(clear), stored: stored.filter(clear), backedUp: backedUp.filter(clear), gone: gone.filter(clear) };
}

/** Inbox: {epoch, serverTime, after, more, items: [{id, authorId, receiptCode, status, at, reasons}]}; an item that cannot be read is left out. */
export function readInbox(status, contentType, text) {
  const value = status === 200 ? body(contentType, text) : null;
  if (!value || !isText(value.epoch, 64) || !isTime(value.server_time) || !isCount(value.after) || !Array.isArray(value.items)) return null;
  const items = value.items
    .filter((one) => isObject(one) && isId(one.id) && WORDS.includes(one.status) && isTime(one.at) && areReasons(one.reasons || []))
    .map((one) => ({ id: one.id, authorId: isId(one.author_id) ? one.author_id : null, receiptCode: isText(one.receipt_code, 14) ? one.receipt_code.replace(/-/g, "") : null,
      status: one.status, at: one.at, reasons: one.reasons || [] }));
  return { epoch: value.epoch, serverTime: value.server_time, after: value.after, more: value.more === true, items };
}

/** Photo: {offset, complete}; 409 says where to go on. */
export function readPhoto(status, contentType, text, { sha256, total }) {
  const value = [200, 201, 202, 409].includes(status) ? body(contentType, text) : null;
  if (!value || value.sha256 !== sha256 || !isCount(value.offset) || value.offset > total) return null;
  if (typeof value.complete !== "boolean" || (value.complete && value.offset !== total)) return null;
  return { offset: value.offset, complete: value.complete };
}

export function readEnrolment(status, contentType, text) {
  const value = status === 200 || status === 201 ? body(contentType, text) : null;
  const account = value && value.account;
  if (!account || !isId(value.device_id) || !isText(value.token) || !isCount(value.next_seq) || value.next_seq < 1 || !isId(account.id)) return null;
  return {
    deviceId: value.device_id, token: value.token, nextSeq: value.next_seq, expiresAt: value.expires_at || null, epoch: value.epoch,
    account: { accountId: account.id, name: account.name, username: account.username, regionCode: account.region_code, regionName: account.region_name },
  };
}

/** An error that our server itself says: {code}. A 401 or 413 of anybody else is no news about our records. */
export function readError(status, contentType, text) {
  const value = status >= 400 ? body(contentType, text) : null;
  return value && isText(value.error, 64) ? { code: value.error } : null;
}

/** /ping of our server, and not of whoever answers in its place. */
export function isPong(status, text) {
  try {
    return status === 200 && JSON.parse(text).sbt === "pong";
  } catch {
    return false;
  }
}

/** Retry-After in milliseconds: seconds or a date, at most half an hour, 0 when there is none. */
export function retryAfter(value, now) {
  const wait = /^\d+$/.test(value || "") ? Number(value) * 1000 : Date.parse(value || "") - now;
  return Number.isFinite(wait) ? Math.min(Math.max(wait, 0), 30 * 60 * 1000) : 0;
}
