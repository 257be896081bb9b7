// Filling in, checking and saving one registration, or the correction of one that came back.
import { clearHelp, countMissing, narrowVillages, startHelp } from "./form_help.js";
import { mark, markAll, readForm, somethingSaid, showWarnings, unconfirmed } from "./form_answers.js";
import { loadRules, problems, say, warnings } from "./rules.js";
import { show, word } from "./words.js";

const KEPT = ["district", "village", "workplace", "occupation"];
const byId = (id) => document.getElementById(id);
const form = byId("registration");
const view = byId("view");
const pageTitle = document.title;
const formTitle = byId("form_title").textContent;
const formLead = byId("form_lead").textContent;
let rules = null;
let person = null;
let parent = null;
let reasons = []; // why it came back: {field, sentence}
let typedSomething = false;

function note(sentence, kind = "stop") {
  const place = byId("form_note");
  place.className = `notice notice-${kind}`;
  place.setAttribute("role", "alert");
  place.textContent = sentence;
  show(place, Boolean(sentence));
  if (kind === "stop" && sentence) place.scrollIntoView({ block: "center" });
}

// What saving needs is fetched once the form is usable, so that it does not stand in the way of the first field.
let engine = null;
let loading = null;
function loadEngine() {
  loading = loading || Promise.all(["./outbox.js", "./photo.js", "./receipt_page.js", "./sync.js"].map((name) => import(name)))
    .then((modules) => (engine = Object.assign({}, ...modules)));
  loading.catch(() => { loading = null; });
  return loading;
}

const refused = (error) => {
  if (!engine) return "notReady";
  return error instanceof engine.StoreFull ? "full" : error instanceof engine.NotReady ? "notReady" : "failed";
};

/** One save at a time: a second tap, while the photo is made smaller or the phone writes, would be a second record. */
async function save() {
  const button = byId("save");
  if (button.disabled) return;
  button.disabled = true;
  const label = button.textContent;
  const patience = setTimeout(() => { button.textContent = word("saving"); }, 300);
  try {
    await checkAndSave(await loadEngine());
  } catch (error) {
    console.warn("save", error.name);
    note(word(refused(error)));
  } finally {
    clearTimeout(patience);
    button.disabled = false;
    button.textContent = label;
  }
}

async function checkAndSave({ mayBeOnThisPhone, photoBytes, saveRecord }) {
  const photo = await photoBytes();
  note("");
  const answers = readForm(form, rules, parent);
  if (parent && !photo && !somethingSaid(answers)) {
    note(word("correctNothing"), "wait");
    byId("form_note").scrollIntoView({ block: "center" });
    return;
  }
  const found = problems(answers, rules, { partial: Boolean(parent) });
  markAll(found.map((one) => ({ field: one.field, sentence: say(one, rules) })));
  for (const { field, sentence } of reasons) {
    if (field && answers[field] === null && !found.some((one) => one.field === field)) mark(field, sentence);
  }
  if (found.length) return;
  const doubts = warnings(answers, rules);
  if (!parent && await mayBeOnThisPhone(answers.nik)) doubts.push({ field: "nik", code: "nik_on_this_phone", values: {} });
  showWarnings(doubts.map((one) => ({ code: one.code, sentence: say(one, rules) })));
  if (unconfirmed()) return;
  const village = form.elements.village;
  const saved = await saveRecord({
    kind: parent ? "correct" : "create",
    parent: parent ? parent.id : null,
    answers,
    confirmedWarnings: doubts.map((one) => one.code),
    photo,
    list: answers.village ? { village: village.options[village.selectedIndex].text } : {},
  });
  await afterSave(saved, answers.phone);
}

async function afterSave(saved, phone) {
  const record = (await engine.records()).find((one) => one.id === saved.id);
  const title = parent ? word("correctedTitle") : "";
  const kept = Object.fromEntries(new FormData(form));
  reset(parent ? {} : kept);
  history.replaceState(null, "", `/register/new#receipt=${saved.id}`);
  openReceipt(record, { phone, title });
  engine.syncNow({ byHand: false });
}

/** An empty form. What the next worker at the same place shares with the last one stays. */
function reset(kept) {
  form.reset();
  if (engine) engine.setPhoto(null);
  markAll([]);
  showWarnings([]);
  note("");
  for (const name of KEPT) {
    const field = form.elements[name];
    const radio = form.querySelector(`[name="${name}"][value="${kept[name]}"]`);
    if (radio) radio.checked = true;
    else if (field && field.tagName) field.value = kept[name] || "";
  }
  const home = form.elements.district;
  if (!home.value && person && person.regionCode) home.value = person.regionCode;
  if (home.selectedIndex < 0) home.value = "";
  clearHelp(form, rules);
  typedSomething = false;
}

let shown = null;

async function refreshReceipt() {
  if (!shown || view.hidden) return;
  const record = (await engine.records()).find((one) => one.id === shown);
  if (record && !view.hidden) engine.showStanding(view, record, rules);
}

function openReceipt(record, more) {
  shown = record.id;
  show(form, false);
  document.title = word("receipt");
  engine.showReceipt(view, record, { rules, ...more });
}

function openForm() {
  parent = null;
  reasons = [];
  delete form.dataset.correcting;
  show(view, false);
  view.textContent = "";
  show(form);
  document.title = pageTitle;
  byId("form_title").textContent = formTitle;
  byId("form_lead").textContent = formLead;
  show(byId("show_all"), false);
  for (const hidden of form.querySelectorAll(".part, .part .field")) show(hidden, hidden.id !== "place" || "geolocation" in navigator);
  countMissing(form);
}

/** Only the fields that came back with a reason; the rest on demand. The person's data are not on this phone any more. */
function openCorrection(record) {
  openForm();
  reset({});
  form.elements.district.value = "";
  narrowVillages(form);
  parent = record;
  form.dataset.correcting = "";
  byId("form_title").textContent = word("correctTitle", { code: record.receiptCode.replace(/(.{4})(?=.)/g, "$1\u2011") });
  byId("form_lead").textContent = word("correctLead");
  document.title = byId("form_title").textContent;
  reasons = record.told.map((one) => ({ field: one.field, sentence: rules.reasons[one.code] || say(one, rules) }));
  for (const { field, sentence } of reasons) if (field) mark(field, sentence);
  note(reasons.filter(({ field }) => !field || !byId(field)).map(({ sentence }) => sentence).join(" "), "wait");
  window.scrollTo(0, 0);
  const asked = new Set(reasons.map((one) => one.field));
  if (asked.has("village")) asked.add("district");
  if (asked.has("phone")) asked.add("phone_is_own");
  const all = [...form.querySelectorAll(".part .field")];
  const some = all.some((field) => asked.has(field.dataset.field));
  for (const field of all) show(field, field.dataset.field !== "consent" && (!some || asked.has(field.dataset.field)));
  const parts = () => {
    for (const part of form.querySelectorAll(".part")) {
      show(part, [...part.querySelectorAll(".field")].some((field) => !field.hidden));
    }
    countMissing(form);
  };
  parts();
  show(byId("show_all"), some).onclick = () => {
    for (const field of all) show(field, field.dataset.field !== "consent");
    parts();
    show(byId("show_all"), false);
  };
}

async function route() {
  const [, what, id] = /^#(receipt|correct)=([0-9a-f-]{36})$/.exec(location.hash) || [];
  const record = what && (await (await loadEngine()).records()).find((one) => one.id === id);
  if (record && what === "receipt") {
    openReceipt(record);
    return;
  }
  openForm();
  if (record) openCorrection(record);
  else if (what) note(word("gone"), "wait");
}

/** `whoIsHere` is a promise: the form does not wait for it; without it nothing can be saved on this phone. A phone that knows nobody sends the page's form to the server. */
export async function start(whoIsHere) {
  const shell = !form.elements.csrf_token;
  rules = await loadRules();
  const online = form.elements.parent; // a correction made on the server's page goes to the server
  if (online) form.dataset.correcting = "";
  startHelp(form, rules);
  if (online || !whoIsHere) return;
  if (!form.elements.village.value && !form.querySelector(".wrong")) reset({});
  form.addEventListener("input", () => { typedSomething = true; });
  form.addEventListener("change", ({ target }) => {
    if (/radio|checkbox|select/.test(target.type)) mark(target.name, "");
  });
  form.addEventListener("focusout", ({ target }) => {
    if (!target.name || !target.value || /radio|checkbox|file/.test(target.type)) return;
    const one = problems(readForm(form, rules, parent), rules, { partial: true }).find(({ field }) => field === target.name);
    setTimeout(mark, 250, target.name, one ? say(one, rules) : ""); // not under the finger that is tapping elsewhere
  });
  const send = (event) => {
    if (!person && !shell) return;
    event.preventDefault();
    save();
  };
  form.addEventListener("submit", send);
  if (shell) byId("save").addEventListener("click", send);
  view.addEventListener("click", (event) => {
    if (event.target.dataset.do !== "next") return;
    event.preventDefault();
    history.replaceState(null, "", "/register/new");
    view.classList.remove("large");
    openForm();
    window.scrollTo(0, 0);
    byId("nik").focus();
  });
  window.addEventListener("hashchange", route);
  window.addEventListener("beforeunload", (event) => {
    if (typedSomething && !form.hidden) event.preventDefault();
  });
  loadEngine().then(({ onSync, startPhoto }) => {
    startPhoto(form.elements.photo_id_card, rules.photo);
    onSync(refreshReceipt);
  }, () => {});
  person = await whoIsHere.catch(() => null);
  if (!person && shell) note(word("notReady"), "wait");
  if (person && !form.elements.district.value) {
    form.elements.district.value = person.regionCode;
    clearHelp(form, rules);
  }
  if (location.hash) await route();
}
