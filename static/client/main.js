// What starts on the officer's pages: the page's own module first, so that it is usable at once; then the line on top,
// sending and the worker. On a thin line the order of the requests is what a person waits for.

const PAGES = {
  form: () => import("./registration_form.js"),
  day: () => import("./outbox_page.js"),
};

/** The person this phone knows. With signal and a signed-in page a phone that knows nobody is enrolled first. */
async function whoIsHere() {
  const { enrol, profile } = await import("./enrol.js");
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

/** Signing out takes the person's name and lists off the phone before the page goes. The sealed outbox stays. */
async function forgetFirst(event) {
  event.preventDefault();
  try {
    const { forgetPerson } = await import("./enrol.js");
    await forgetPerson();
  } finally {
    event.target.submit(); // a broken store must not keep anybody signed in
  }
}

async function start() {
  const leaving = document.querySelector("[data-forget]");
  if (leaving) leaving.addEventListener("submit", forgetFirst);
  const page = PAGES[document.body.dataset.page];
  // Over plain HTTP there is nothing to seal with: the page stays what it is without scripts.
  if (!(window.isSecureContext && crypto.subtle)) {
    if (page === PAGES.form) (await page()).start(null);
    return;
  }
  const person = whoIsHere();
  person.catch(() => {});
  if (page) await (await page()).start(person);
  const [line, sync, install] = await Promise.all([import("./network_line.js"), import("./sync.js"), import("./install.js")]);
  line.startLine(await person);
  sync.startSync();
  install.keepShell();
}

start();
