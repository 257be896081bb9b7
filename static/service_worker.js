// Keeps the empty shell of the app, so that it opens without network. GET only; never keeps a page with people in it, and
// no record depends on it. The server puts `const SHELL = {version, app, pages, files}` before this text.
const KEEP = `sbt-shell-${SHELL.version}`;
const RULES = "/rules.json";
const SHELL_PAGE = { "/register": "/offline/register", "/register/new": "/offline/form" };
const IN_WORDS = [...SHELL.pages, RULES]; // in the person's language

const STATIC = SHELL.files[0].split("/", 3).join("/") + "/";

self.addEventListener("install", (event) => event.waitUntil(keepAll([...SHELL.files, ...IN_WORDS])));

// Pages and rules have no version in their address, so they are asked for around the HTTP cache. One answer that is not ours
// (a portal says 200 to everything) and nothing is kept: what was kept stays, and the next start tries again.
async function keepAll(paths) {
  const answers = await Promise.all(paths.map(ask));
  const cache = await caches.open(KEEP);
  await Promise.all(answers.map((answer, at) => cache.put(paths[at], answer)));
}

async function ask(path) {
  const answer = await fetch(path, { cache: path.startsWith(STATIC) ? "default" : "reload" });
  if (!(await isOurs(path, answer.clone()))) throw new Error(`no answer of ours: ${path}`);
  return answer;
}

async function isOurs(path, answer) {
  if (!answer.ok || answer.redirected) return false;
  if (path === RULES) return answer.json().then((rules) => Boolean(rules && rules.fields && rules.key), () => false);
  if (path.startsWith(STATIC)) return !/^text\/html/.test(answer.headers.get("Content-Type") || "text/html");
  return (await answer.text()).includes(STATIC);
}

self.addEventListener("activate", (event) => {
  const old = (names) => names.filter((name) => name.startsWith("sbt-shell-") && name !== KEEP);
  event.waitUntil(caches.keys().then((names) => Promise.all(old(names).map((name) => caches.delete(name)))).then(() => self.clients.claim()));
});

// A new version waits until the person takes it.
self.addEventListener("message", ({ data }) => {
  if (data && data.type === "use-new-version") self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (request.method === "POST" && url.pathname === "/language") event.respondWith(otherLanguage(event));
  if (request.method !== "GET") return;
  if (url.pathname === RULES) event.respondWith(rules(event));
  else if (url.pathname.startsWith("/static/")) event.respondWith(kept(url.pathname).then((answer) => answer || fetch(request)));
  else if (request.mode === "navigate") event.respondWith(page(request, url));
});

const kept = (path) => caches.open(KEEP).then((cache) => cache.match(path));

async function page(request, url) {
  const shell = !url.search && SHELL_PAGE[url.pathname];
  const answer = shell && (await kept(shell));
  if (answer) return answer;
  return fetch(request).catch(noSignal);
}

const noSignal = async (error) => (await kept("/offline/page")) || Promise.reject(error);

// What is kept follows before the next page comes, but on a thin line nobody waits long for it.
async function otherLanguage(event) {
  try {
    const answer = await fetch(event.request);
    const done = keepAll(IN_WORDS).catch(() => {});
    event.waitUntil(done);
    await Promise.race([done, new Promise((enough) => setTimeout(enough, 8000))]);
    return answer;
  } catch (error) {
    return noSignal(error);
  }
}

const languageOf = (answer) => answer.headers.get("Content-Language");

// What is kept answers at once, and what the server says now is kept for the next time. In another language than before: a
// choice that the pages could not follow yet.
async function rules(event) {
  const answer = await kept(RULES);
  const now = fetch(RULES, { cache: "no-cache" }).then(async (fresh) => {
    if (!(await isOurs(RULES, fresh.clone()))) return fresh;
    if (answer && languageOf(answer) !== languageOf(fresh)) await keepAll(IN_WORDS);
    else await (await caches.open(KEEP)).put(RULES, fresh.clone());
    return fresh;
  });
  if (!answer) return now;
  event.waitUntil(now.catch(() => {}));
  return answer;
}

// Background Sync, where it exists, wakes the pages; they send.
self.addEventListener("sync", (event) => {
  if (event.tag !== "sbt-sync") return;
  event.waitUntil(self.clients.matchAll({ type: "window" }).then((pages) => pages.forEach((one) => one.postMessage({ type: "sync" }))));
});
