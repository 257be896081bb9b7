// What starts on the officer's pages: the line on top, sending, the worker, then the page's own module.
import { enrol, profile } from "./enrol.js";
import { keepShell } from "./install.js";
import { startLine } from "./network_line.js";
import { startSync } from "./sync.js";

const PAGES = {
  form: () => import("./registration_form.js"),
  day: () => import("./outbox_page.js"),
};

/** The person this phone knows. With signal and a signed-in page a phone that knows nobody is enrolled first. */
async function whoIsHere() {
  const known = await profile();
  const meta = document.querySelector('meta[name="csrf-token"]');
  if (known && !(meta && location.search)) return known;
  const token = meta ? meta.content : (document.querySelector('form [name="csrf_token"]') || {}).value;
  if (!token) return known;
  try {
    await enrol(token);
    if (location.search) history.replaceState(null, "", location.pathname);
  } catch (error) {
    console.warn("enrol", error);
  }
  return profile();
}

async function start() {
  const person = await whoIsHere();
  startLine(person);
  const page = PAGES[document.body.dataset.page];
  if (page) await (await page()).start(person);
  startSync();
  keepShell();
}

start();
