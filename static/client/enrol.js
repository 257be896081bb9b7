// Who uses this phone, and the phone's own name and token. Signing out forgets the person and never the sealed outbox.
import { fact, result, write } from "./store.js";
import { MEDIA_TYPE, readEnrolment } from "./answer.js";

/** The person signed in on this phone, or null. */
export const profile = async () => (await fact("profile")) || null;

/** Tells the server of this phone and keeps what it answers. Needs the session of a fresh sign-in. */
export async function enrol(csrfToken) {
  const known = await fact("device");
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), 30000);
  try {
    const response = await fetch("/sync/devices", {
      method: "POST",
      credentials: "same-origin",
      redirect: "manual",
      cache: "no-store",
      signal: stop.signal,
      headers: { "Content-Type": MEDIA_TYPE, "X-CSRFToken": csrfToken },
      body: JSON.stringify({ device_id: known ? known.deviceId : null }),
    });
    const answer = readEnrolment(response.status, response.headers.get("Content-Type"), await response.text());
    if (!answer) throw new Error(`enrolment was not answered (${response.status})`);
    return await keep(answer);
  } finally {
    clearTimeout(timer);
  }
}

async function keep({ deviceId, token, nextSeq, expiresAt, account }) {
  const person = { ...account, deviceId };
  await write(["facts"], async (facts) => {
    const [device, sync, before] = await Promise.all(["device", "sync", "profile"].map((name) => result(facts.get(name))));
    const seq = device && device.deviceId === deviceId ? Math.max(device.nextSeq, nextSeq) : nextSeq;
    facts.put({ deviceId, nextSeq: seq }, "device");
    facts.put({ token, expiresAt }, "token");
    facts.put(person, "profile");
    // Another person's news begin at the beginning, and now; one's own go on.
    const same = before && before.accountId === person.accountId && device.deviceId === deviceId;
    facts.put({ ...sync, signIn: null, ...(!same && { inboxAfter: 0, lastNewsAt: null }) }, "sync");
  });
  return person;
}

/** Sign out: the person's name and lists go; sealed records, their photos and the token stay, so that sending goes on. */
export async function forgetPerson() {
  const person = await profile();
  await write(["facts", "outbox"], async (facts, outbox) => {
    facts.delete("profile");
    for (const row of await result(outbox.getAll())) {
      if (!person || row.authorId !== person.accountId) continue;
      if (row.sealed) outbox.put({ ...row, receiptCode: null, list: null, news: null });
      else outbox.delete(row.id);
    }
  });
}
