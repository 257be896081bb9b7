// Help while typing: digits in groups, what was understood read back, what is missing counted, villages of the district, the place.
import { readNik } from "./nik.js";
import { clean } from "./rules.js";
import { day, rupiah, show, word } from "./words.js";

const byId = (id) => document.getElementById(id);
const isIso = (text) => /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text || "");

/** Keeps the caret behind the same digit while spaces come and go. Other characters stay: the check names them. */
function group(input) {
  if (/[^0-9 ]/.test(input.value)) return;
  const before = input.value.slice(0, input.selectionStart).replace(/ /g, "").length;
  const grouped = input.value.replace(/ /g, "").replace(/([0-9]{4})(?=[0-9])/g, "$1 ");
  if (grouped === input.value) return;
  input.value = grouped;
  const caret = before + Math.max(0, Math.ceil(before / 4) - 1);
  input.setSelectionRange(caret, caret);
}

export function readBack(form, rules) {
  const nik = clean("nik", form.elements.nik.value, rules) || "";
  const read = readNik(nik, { asOf: rules.as_of, regency: rules.regency, provinces: rules.provinces });
  const says = read && read.birthDate && word("nikSays", { sex: word(read.sex), date: day(read.birthDate) });
  byId("nik-readback").textContent = says || (nik && nik.length !== 16 ? word("nikCount", { n: nik.length }) : "");
  const born = clean("birth_date", form.elements.birth_date.value, rules);
  byId("birth_date-readback").textContent = isIso(born) ? day(born) : "";
  const income = clean("monthly_income_rupiah", form.elements.monthly_income_rupiah.value, rules);
  byId("monthly_income_rupiah-readback").textContent = typeof income === "number" ? rupiah(income) : "";
}

/** Fields and kinds of work that belong to the other group go out of sight. */
function followCategory(form) {
  const chosen = form.querySelector('[name="category"]:checked');
  const category = chosen ? chosen.value : "";
  show(byId("non_civil_servant_only"), category ? category === "non_civil_servant" : "correcting" in form.dataset);
  for (const card of form.querySelectorAll("[data-for]")) {
    show(card, !category || card.dataset.for === category);
    if (card.hidden) card.querySelector("input").checked = false;
  }
}

export function countMissing(form) {
  followCategory(form);
  for (const part of form.querySelectorAll(".part")) {
    const asked = new Set();
    const given = new Set();
    for (const input of part.querySelectorAll("[required]")) {
      if (input.closest("[hidden]")) continue;
      asked.add(input.name);
      if (/radio|checkbox/.test(input.type) ? input.checked : input.value.trim()) given.add(input.name);
    }
    const place = part.querySelector(".missing");
    const left = asked.size - given.size;
    if ("correcting" in form.dataset) place.textContent = "";
    else place.textContent = !asked.size ? word("mayBeEmpty") : left ? word("missing", { n: left }) : word("complete");
    place.className = asked.size && !left ? "missing none" : "missing";
  }
}

let groups = null;

/** Only the villages of the chosen district; all of them when none is chosen. */
export function narrowVillages(form) {
  const { district, village } = form.elements;
  groups = groups || [...village.querySelectorAll("optgroup")];
  const chosen = village.value;
  for (const one of groups) {
    if (!district.value || one.dataset.code === district.value) village.appendChild(one);
    else one.remove();
  }
  village.value = chosen;
  if (village.selectedIndex < 0) village.value = "";
}

function takePlace(form) {
  const told = byId("latitude-readback");
  const { latitude, longitude, accuracy_m: accuracy } = form.elements;
  told.textContent = word("placeWait");
  navigator.geolocation.getCurrentPosition(({ coords }) => {
    latitude.value = coords.latitude.toFixed(6);
    longitude.value = coords.longitude.toFixed(6);
    accuracy.value = Math.round(coords.accuracy);
    told.textContent = word("placeFound", { n: Math.round(coords.accuracy) });
  }, () => {
    told.textContent = word("placeNone");
  }, { enableHighAccuracy: true, timeout: 60000, maximumAge: 30000 });
}

export function startHelp(form, rules) {
  form.addEventListener("input", ({ target }) => {
    if (target.dataset.groups) group(target);
    readBack(form, rules);
    countMissing(form);
  });
  form.elements.district.addEventListener("change", () => {
    narrowVillages(form);
    countMissing(form);
  });
  form.elements.village.addEventListener("change", ({ target }) => {
    if (!target.value) return;
    form.elements.district.value = target.value.slice(0, 8);
    narrowVillages(form);
  });
  if ("geolocation" in navigator) {
    show(byId("place"));
    byId("take_place").addEventListener("click", () => takePlace(form));
  }
  for (const input of form.querySelectorAll("[data-groups]")) group(input);
  narrowVillages(form);
  readBack(form, rules);
  countMissing(form);
}

/** After a reset: nothing of the worker before stays in sight. */
export function clearHelp(form, rules) {
  for (const name of ["latitude", "longitude", "accuracy_m"]) form.elements[name].value = "";
  byId("latitude-readback").textContent = "";
  narrowVillages(form);
  readBack(form, rules);
  countMissing(form);
}
