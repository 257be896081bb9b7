// When to send, and what to say about it. One sender at a time on this phone; it never gives up, it only waits longer.
import { isPong } from "./answer.js";
import { profile } from "./enrol.js";
import { call, dropOld, isWaiting, needsPhoto, noteSync, offer, readNews, sendPhotos, sendRecords } from "./sending.js";
import { fact, rows } from "./store.js";

let status = { phase: "idle", sent: 0, total: 0, waiting: 0, lastSentAt: null, retryAt: null };
const listeners = new Set();
const channel = typeof BroadcastChannel === "function" ? new BroadcastChannel("sbt-sync") : null;

/** Tells `listener` how sending stands, now and at each change; answers a function that ends it. */
export function onSync(listener) {
  listeners.add(listener);
  hear(listener);
  return () => listeners.delete(listener);
}

function hear(listener) {
  try {
    Promise.resolve(listener(status)).catch(console.error);
  } catch (error) {
    console.error(error);
  }
}

function tell(changes) {
  status = { ...status, ...changes };
  listeners.forEach(hear);
  if (channel) channel.postMessage(status);
}

let running = null;
let again = null;
let timer = null;
let lastEnd = 0;

/** Sends what waits. byHand: also what its own waiting time holds back; a wait that the server asked for is kept. */
export function syncNow({ byHand = false } = {}) {
  if (running) {
    again = { byHand: byHand || Boolean(again && again.byHand) };
    return running;
  }
  clearTimeout(timer);
  running = alone(() => round(byHand)).catch(console.error).then(() => {
    running = null;
    const next = again;
    again = null;
    return next ? syncNow(next) : undefined;
  });
  return running;
}

function alone(work) {
  if (!navigator.locks) return work();
  // Another tab is sending: it tells us how it goes. Look again later, in case it ended before it saw our record.
  return navigator.locks.request("sbt-sync", { ifAvailable: true }, (lock) => (lock ? work() : later(5000)));
}

function later(milliseconds) {
  clearTimeout(timer);
  timer = setTimeout(() => syncNow(), milliseconds);
}

async function round(byHand) {
  const [token, sync, kept, person] = [await fact("token"), (await fact("sync")) || {}, await rows(), await profile()];
  const waiting = kept.filter(isWaiting).length;
  const total = waiting + kept.filter((row) => row.photo && !row.photoSent && row.sealed && !row.onlyHere).length;
  const base = { waiting, total, sent: 0, lastSentAt: sync.lastSentAt || null, retryAt: null };
  if (!token || (sync.signIn && !byHand)) return tell({ ...base, phase: total || sync.signIn ? "sign_in" : "idle" });
  const left = sync.retryAt - Date.now();
  // More than the longest wait means that the phone's clock was set back meanwhile.
  if (left > 0 && left <= 31 * 60 * 1000 && (sync.told || (!byHand && Date.now() - lastEnd < 10000))) {
    later(left);
    return tell({ ...base, phase: sync.told ? "stopped" : status.phase, retryAt: sync.retryAt });
  }
  tell({ ...base, phase: total ? "sending" : status.phase });
  try {
    await steps(token, sync, person, byHand);
    if (sync.fails || sync.retryAt || sync.signIn) await noteSync({ fails: 0, retryAt: null, told: false, signIn: null });
    await end("idle", null);
  } catch (stop) {
    if (!stop.kind) throw stop;
    await failed(stop, sync.fails || 0);
  } finally {
    lastEnd = Date.now();
  }
}

async function steps(token, sync, person, byHand) {
  const sent = (count) => tell({ sent: status.sent + count });
  await sendRecords(token, byHand, sent);
  await offer(token, { all: false });
  if ((await rows()).some(isWaiting)) await sendRecords(token, false, sent);
  const age = (at) => Math.abs(Date.now() - (at || 0));
  // Also where no record lies: what came back reaches the officer on a new phone too.
  const newsDue = byHand || status.sent || age(sync.lastNewsAt) > 60 * 1000;
  if (newsDue && person) await readNews(token, person);
  if (!sync.lastHaveAt) await noteSync({ lastHaveAt: Date.now() });
  else if (age(sync.lastHaveAt) > 24 * 3600 * 1000) {
    await offer(token, { all: true });
    await dropOld();
  }
  await sendPhotos(token, byHand, sent);
}

async function end(phase, retryAt) {
  const kept = await rows();
  const waiting = kept.filter(isWaiting);
  // Records that wait by themselves (the server asked for time) are looked at again.
  if (phase === "idle" && (waiting.length || kept.some(needsPhoto))) later(60 * 1000);
  tell({ phase, retryAt, waiting: waiting.length, lastSentAt: ((await fact("sync")) || {}).lastSentAt || null });
}

async function failed(stop, fails) {
  if (stop.kind === "sign_in") {
    await noteSync({ signIn: stop.code });
    return end("sign_in", null);
  }
  const backOff = Math.min(300, 5 * 2 ** Math.min(fails, 6)) * 1000 * (0.5 + Math.random() / 2);
  const wait = Math.max(backOff, stop.wait);
  const retryAt = Date.now() + wait;
  await noteSync({ fails: fails + 1, retryAt, told: stop.wait > 0 });
  later(wait);
  return end(stop.kind === "none" ? await whoAnswers() : stop.kind === "busy" ? "stopped" : "offline", retryAt);
}

/** Something answered, but not as our server does. */
async function whoAnswers() {
  try {
    const reply = await call("/ping", { seconds: 10 });
    return isPong(reply.status, reply.text) ? "stopped" : "portal";
  } catch {
    return "offline";
  }
}

/** Wires everything that may start sending. */
export function startSync() {
  const wake = () => syncNow();
  self.addEventListener("online", () => syncNow({ byHand: true }));
  self.addEventListener("sbt-saved", () => {
    askForBackgroundSync();
    wake();
  });
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && wake());
  if (navigator.serviceWorker) {
    navigator.serviceWorker.addEventListener("message", ({ data }) => data && data.type === "sync" && wake());
  }
  if (channel) {
    channel.onmessage = ({ data }) => {
      status = data;
      listeners.forEach(hear);
    };
  }
  wake();
}

async function askForBackgroundSync() {
  const worker = navigator.serviceWorker && (await navigator.serviceWorker.ready);
  if (worker && worker.sync) await worker.sync.register("sbt-sync").catch(() => {});
}
