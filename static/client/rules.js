// The rules of a registration on the phone. The table comes from /rules.json; this file knows how to apply it.
// Its twin is sbt_pwa/records/rules.py; tests/shared_cases/rules.json holds them together.
import { isDate, isoDate, nikWarnings } from "./nik.js";

let kept = null;

/** The rules, asked for once a page. The service worker answers when there is no network. */
export function loadRules() {
  kept = kept || fetch("/rules.json").then((answer) => {
    if (!answer.ok) throw new Error(`rules ${answer.status}`);
    return answer.json();
  });
  kept.catch(() => { kept = null; });
  return kept;
}

const UNSEEN = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ud800-\udfff]/gu;
const SPACES = /[\u0000-\u0020\u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/gu;

const tidy = (typed, form = "NFC") => String(typed).replace(UNSEEN, "").normalize(form).replace(SPACES, " ").trim();
const compact = (typed) => tidy(typed, "NFKC").replace(/[ .\u002d\u2010-\u2015\u2212]/gu, "");

const CLEAN = {
  digits: compact,
  name: (typed) => tidy(typed),
  text: (typed) => tidy(typed),
  code: (typed) => tidy(typed),
  date(typed) {
    const text = tidy(typed, "NFKC");
    const parts = text.replace(/ ?[-/. ] ?/g, "-");
    const [, year, month, day] = /^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})$/.exec(parts) || [];
    const [, d, m, y] = /^([0-9]{1,2})-([0-9]{1,2})-([0-9]{4})$/.exec(parts) || /^([0-9]{2})([0-9]{2})([0-9]{4})$/.exec(parts) || [];
    return isoDate(Number(year || y), Number(month || m), Number(day || d)) || text;
  },
  phone(typed) {
    const text = compact(typed).replace(/[()]/g, "");
    const [, own] = /^(?:\+?62|0062)?0?(8.*)$/.exec(text) || [];
    return own ? "+62" + own : text;
  },
  money(typed) {
    const text = tidy(typed, "NFKC");
    const [, sum] = /^(?:[Rr][Pp]\.?)?([0-9]{1,3}(?:[.,][0-9]{3})+|[0-9]+)(?:[.,]00|[.,]-)?$/.exec(text.replace(/ /g, "")) || [];
    const digits = (sum || "").replace(/[.,]/g, "");
    return digits && digits.length <= 15 ? Number(digits) : text;
  },
  decimal(typed) {
    const text = typeof typed === "number" && Number.isFinite(typed) ? typed.toFixed(6) : tidy(typed, "NFKC");
    const point = text.replace(",", ".");
    return /^[+-]?[0-9]{1,3}(\.[0-9]{1,20})?$/.test(point) ? Number(Number(point).toFixed(6)) + 0 : text;
  },
  integer(typed) {
    if (typeof typed === "number" && Number.isFinite(typed)) return Math.floor(typed + 0.5);
    const text = tidy(typed, "NFKC");
    return /^[0-9]{1,9}$/.test(text) ? Number(text) : text;
  },
  flag(typed) {
    const word = tidy(typed).toLowerCase();
    if (["true", "1", "on", "yes", "ya"].includes(word)) return true;
    return ["false", "0", "off", "no", "tidak"].includes(word) ? false : null;
  },
};

/** The stored form of what was typed; null when nothing was. What cannot be read is kept as text, for a check to name. */
export function clean(field, typed, rules) {
  if (typed === null || typed === undefined) return null;
  const value = CLEAN[rules.fields.find((rule) => rule.field === field).clean](typed);
  return value === "" ? null : value;
}

/** Every field of the table, cleaned; what belongs to another category is cleaned away. */
export function cleanAll(typedByField, rules) {
  const answers = {};
  for (const { field } of rules.fields) answers[field] = clean(field, typedByField[field], rules);
  for (const rule of rules.fields) {
    if (rule.only_for && answers.category && rule.only_for !== answers.category) answers[rule.field] = null;
  }
  return answers;
}

const ageOn = (day, born) => day.slice(0, 4) - born.slice(0, 4) - (day.slice(5) < born.slice(5) ? 1 : 0);
const unless = (fine, code, values = {}) => (fine ? null : { code, values });
const between = (value, min, max) =>
  typeof value === "number" ? unless(value >= min && value <= max, "out_of_range", { min, max }) : unless(false, "not_a_number");

// Each check: (value, {field, rules, answers}, ...what the table says) -> null or {code, values}.
const CHECKS = {
  digits(value, { field }, want) {
    const have = value.length;
    if (!/^[0-9]*$/.test(value)) return unless(false, "not_digits");
    if (field === "nik" && have === 11) return unless(false, "looks_like_kpj");
    return unless(have === want, "digits", { have, want });
  },
  max(value, _context, max) {
    const have = [...value].length;
    return unless(have <= max, "too_long", { have, max });
  },
  one_of: (value, _context, choices) => unless(choices.includes(value), "unknown_choice"),
  name: (value) => unless(/^\p{L}[\p{L}\p{M} .'\u2019,/-]*$/u.test(value), "name_characters"),
  date: (value) => unless(isDate(value), "not_a_date"),
  past: (value, { rules }) => unless(value <= rules.as_of, "in_future"),
  under_age(value, { rules }, limit) {
    const age = ageOn(rules.start_on, value);
    return unless(age < limit, "age_limit", { age, limit });
  },
  phone: (value) => unless(/^\+628[0-9]{7,11}$/.test(value), "not_a_phone"),
  integer: (value, _context, min, max) => between(value, min, max),
  decimal: (value, _context, min, max) => between(value, min, max),
  district: (value, { rules }) => unless(/^[0-9]{2}\.[0-9]{2}\.[0-9]{2}$/.test(value) && value.startsWith(rules.regency), "unknown_choice"),
  village: (value, { rules }) =>
    unless(/^[0-9]{2}\.[0-9]{2}\.[0-9]{2}\.[0-9]{4}$/.test(value) && value.startsWith(rules.regency), "unknown_choice"),
  within: (value, { answers }, outer) => unless(!answers[outer] || value.startsWith(answers[outer] + "."), "other_district"),
  true: (value) => unless(value === true, "consent_needed"),
};

const missing = (value) => value === null || value === undefined || value === "";

/** What keeps cleaned answers from being saved: the first failing check of each field, in field order.
 *  With {partial: true} (a correction) a field that is not given (null) is left alone; "" clears it. */
export function problems(answers, rules, { partial = false } = {}) {
  const found = [];
  for (const rule of rules.fields) {
    const { field } = rule;
    const value = answers[field];
    if (missing(value)) {
      const asked = rule.required && (!rule.only_for || rule.only_for === answers.category);
      if (asked && !(partial && value !== "")) found.push({ field, code: "required", values: {} });
      continue;
    }
    for (const [name, ...says] of rule.checks) {
      const problem = CHECKS[name](value, { field, rules, answers }, ...says);
      if (problem) {
        found.push({ field, ...problem });
        break;
      }
    }
  }
  return found;
}

/** What a person should look at once more and may confirm, in field order. Only for answers without problems in these fields. */
export function warnings(answers, rules) {
  const found = nikWarnings(answers, rules);
  for (const { field, wanted_for: category } of rules.fields) {
    if (category && category === answers.category && missing(answers[field])) found.push({ field, code: `${field}_wanted` });
  }
  if (isDate(answers.birth_date)) {
    const age = ageOn(rules.start_on, answers.birth_date);
    if (age < rules.minimum_age) found.push({ field: "birth_date", code: "age_young", values: { age, minimum: rules.minimum_age } });
    if (age === rules.age_limit - 1) found.push({ field: "birth_date", code: "age_near_limit", values: { age, limit: rules.age_limit } });
  }
  const place = rules.fields.map((rule) => rule.field);
  return found.map((one) => ({ values: {}, ...one })).sort((a, b) => place.indexOf(a.field) - place.indexOf(b.field));
}

/** The sentence for a problem or a warning. */
export function say({ field, code: told, values = {} }, rules) {
  const code = values.have > values.want ? `${told}_more` : told;
  const sentence = rules.messages[`${field}.${code}`] || rules.messages[code] || code;
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}
