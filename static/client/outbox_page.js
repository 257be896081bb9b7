// The officer's day: what waits on this phone, what was sent, what came back, and whether the phone is ready.
import { shellIsKept } from "./install.js";
import { exportBundle, NotReady, othersWaiting, records, room, saveRecord, StoreFull } from "./outbox.js";
import { about, badgeElement, codeElement, standing, weight } from "./receipt_page.js";
import { loadRules, say } from "./rules.js";
import { onSync, syncNow } from "./sync.js";
import { moment, number, show, size, word } from "./words.js";

const STEP = 10;
const byId = (id) => document.getElementById(id);
let rules = null;
let person = null;
const shown = { back: 4, sent: STEP };

const waits = (record) => ["waiting", "retry"].includes(record.state);

function row(record) {
  const item = byId("row").content.cloneNode(true);
  const slot = (name) => item.querySelector(`[data-slot="${name}"]`);
  if (record.receiptCode) slot("code").appendChild(codeElement(record.receiptCode));
  slot("when").textContent = moment(record.statusAt || record.savedAt);
  slot("what").textContent = [about(record, rules), record.kind && record.kind !== "create" ? word(record.kind) : ""].filter(Boolean).join(" · ");
  const { status, text } = standing(record, rules);
  slot("badge").appendChild(badgeElement(status, text));
  slot("weight").textContent = record.bytes ? weight(record) : "";
  show(slot("receipt"), Boolean(record.receiptCode)).href = `/register/new#receipt=${record.id}`;
  show(slot("card"), record.serverStatus === "active").href = `/register/card/${record.id}`;
  for (const one of record.told) {
    const line = document.createElement("li");
    line.textContent = rules ? rules.reasons[one.code] || say(one, rules) : one.code;
    slot("reasons").appendChild(line);
  }
  show(slot("reasons"), record.told.length > 0);
  if (record.back) {
    show(slot("correct")).href = `/register/new#correct=${record.id}`;
    // What a supervisor wrote is personal and never lies on a phone: the network's page shows it.
    show(slot("note"), ["returned", "declined"].includes(record.serverStatus)).href = `/register/new?parent=${record.id}`;
    show(slot("withdraw"));
    const trouble = slot("trouble");
    item.querySelector('[data-do="withdraw"]').onclick = ({ target }) => withdraw(record, target, trouble);
  }
  return item;
}

async function withdraw(record, button, trouble) {
  button.disabled = true;
  try {
    await saveRecord({ kind: "withdraw", parent: record.id });
  } catch (error) {
    console.warn("withdraw", error.name);
    button.disabled = false;
    const { full, notReady, failed } = trouble.dataset;
    show(trouble).textContent = error instanceof StoreFull ? full : error instanceof NotReady ? notReady : failed;
    return;
  }
  await draw();
  syncNow({ byHand: false });
}

function list(id, some) {
  const place = byId(`rows_${id}`);
  place.textContent = "";
  for (const record of some) place.appendChild(row(record));
  show(place, some.length > 0);
  const empty = byId(`empty_${id}`);
  if (empty) show(empty, !some.length);
}

async function draw() {
  const own = (await records()).filter((record) => record.mine !== false);
  const others = await othersWaiting();
  const back = own.filter((record) => record.back);
  const waiting = own.filter((record) => waits(record));
  const gone = own.filter((record) => !waits(record) && !record.onlyHere); // what is too large to send is here and nowhere else
  const sent = gone.filter((record) => !record.back);
  byId("count_waiting").textContent = waiting.length;
  byId("count_sent").textContent = gone.length;
  byId("count_returned").textContent = back.length;
  show(byId("back"), back.length > 0);
  list("back", back.slice(0, shown.back));
  show(byId("more_back"), back.length > shown.back);
  list("waiting", waiting);
  show(byId("send"), waiting.length + others > 0);
  list("sent", sent.slice(0, shown.sent));
  show(byId("more_sent"), sent.length > shown.sent);
  show(byId("others"), others > 0).textContent = word("others", { n: others });
}

// Two leading digits are all that is known.
const roughly = (number) => Number(Math.max(0, Math.floor(number)).toPrecision(2));

async function drawPhone() {
  const checks = { person: Boolean(person), rules: Boolean(rules && rules.key), shell: await shellIsKept() };
  for (const check of document.querySelectorAll("[data-check]")) check.className = checks[check.dataset.check] ? "yes" : "no";
  const ready = Object.values(checks).every(Boolean);
  show(byId("ready"), ready);
  show(byId("not_ready"), !ready);
  const { usage, quota } = await room();
  if (quota) byId("room").textContent = word("room", { used: size(usage), free: size(quota - usage), n: number(roughly((quota - usage) / 82000)) });
}

async function carry() {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await exportBundle());
  link.download = `${word("bundle")}-${new Date().toISOString().slice(0, 10)}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

function more(name) {
  shown[name] += STEP;
  return draw();
}

const DO = {
  send: () => syncNow({ byHand: true }),
  export: carry,
  more_back: () => more("back"),
  more_sent: () => more("sent"),
};

export async function start(whoIsHere) {
  person = await whoIsHere.catch(() => null);
  if (!person && !byId("phone").hidden) show(byId("not_ready"));
  show(byId("phone"));
  if (person && byId("server")) show(byId("server"), false); // the phone hears of the same records
  if (person) byId("greeting").textContent = [person.name, person.regionName].filter(Boolean).join(" · ");
  rules = await loadRules().catch(() => null);
  document.addEventListener("click", ({ target }) => {
    const act = DO[target.dataset.do];
    if (act) act();
  });
  await draw();
  await drawPhone();
  onSync(({ phase, sent, total }) => {
    show(byId("progress"), phase === "sending");
    byId("progress_bar").max = total || 1;
    byId("progress_bar").value = sent || 0;
    draw();
  });
  document.addEventListener("visibilitychange", () => document.hidden || draw());
  if ("serviceWorker" in navigator) navigator.serviceWorker.ready.then(drawPhone);
}
