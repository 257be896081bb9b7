// Keeps the empty shell of the app, so that it opens without network. GET only; never keeps a page with people in it, and
// no record depends on it. The server puts `const SHELL = {version, lang, pages, files}` before this text.
const KEEP = `sbt-shell-${SHELL.version}-${SHELL.lang}`;
const RULES = "/rules.json";
const SHELL_PAGE = { "/register": "/offline/register", "/register/new": "/offline/form" };

const STATIC = SHELL.files[0].split("/", 3).join("/") + "/";

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEEP).then((cache) => Promise.all([...SHELL.files, ...SHELL.pages, RULES].map((path) => keep(cache, path)))));
});

// Pages and rules have no version in their address, so they are asked for around the HTTP cache. One answer that is not ours
// (a portal says 200 to everything) and nothing is kept: the old worker stays, and the next start tries again.
async function keep(cache, path) {
  const answer = await fetch(path, { cache: path.startsWith(STATIC) ? "default" : "reload" });
  if (!(await isOurs(path, answer.clone()))) throw new Error(`no answer of ours: ${path}`);
  await cache.put(path, answer);
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
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname === RULES) event.respondWith(rules(event));
  else if (url.pathname.startsWith("/static/")) event.respondWith(kept(url.pathname).then((answer) => answer || fetch(request)));
  else if (request.mode === "navigate") event.respondWith(page(request, url));
});

const kept = (path) => caches.open(KEEP).then((cache) => cache.match(path));

async function page(request, url) {
  const shell = !url.search && SHELL_PAGE[url.pathname];
  const answer = shell && (await kept(shell));
  if (answer) return answer;
  try {
    return await fetch(request);
  } catch (error) {
    return (await kept("/offline/page")) || Promise.reject(error);
  }
}

// What is kept answers at once, and what the server says now is kept for the next time.
async function rules(event) {
  const now = fetch(RULES, { cache: "no-cache" }).then(async (answer) => {
    if (await isOurs(RULES, answer.clone())) await (await caches.open(KEEP)).put(RULES, answer.clone());
    return answer;
  });
  const answer = await kept(RULES);
  if (!answer) return now;
  event.waitUntil(now.catch(() => {}));
  return answer;
}

// Background Sync, where it exists, wakes the pages; they send.
self.addEventListener("sync", (event) => {
  if (event.tag !== "sbt-sync") return;
  event.waitUntil(self.clients.matchAll({ type: "window" }).then((pages) => pages.forEach((one) => one.postMessage({ type: "sync" }))));
});
