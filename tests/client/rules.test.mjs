import test from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { readNik } from "../../static/client/nik.js";
import { clean, cleanAll, problems, warnings, say } from "../../static/client/rules.js";
import { makeReceiptCode, readReceiptCode, showReceiptCode } from "../../static/client/receipt_code.js";

const read = (name) => JSON.parse(readFileSync(new URL(`../shared_cases/${name}.json`, import.meta.url), "utf8"));
const table = read("rules_table");
const shared = read("rules");
const on = ({ as_of = table.as_of, start_on = table.start_on }) => ({ ...table, as_of, start_on });
const named = ({ field, code }) => [field, code];

test("one field: what is typed, what is kept, what is wrong", () => {
  for (const one of shared.cases) {
    const rules = on(one);
    const value = clean(one.field, one.typed, rules);
    assert.deepEqual(value, one.clean, JSON.stringify(one));
    const found = problems({ [one.field]: value }, rules).find((problem) => problem.field === one.field);
    assert.equal(found ? found.code : null, one.problem, JSON.stringify(one));
    if (one.values) assert.deepEqual(found.values, one.values, JSON.stringify(one));
  }
});

test("what is clean stays as it is when cleaned again", () => {
  for (const { field, clean: value } of shared.cases) assert.deepEqual(clean(field, value, table), value, `${field} ${value}`);
});

test("all fields at once", () => {
  for (const one of shared.clean_all) {
    const nothing = Object.fromEntries(table.fields.map(({ field }) => [field, null]));
    assert.deepEqual(cleanAll(one.typed, table), { ...nothing, ...one.clean }, one.about);
  }
});

test("problems and warnings of whole answers, in order", () => {
  for (const one of shared.answers) {
    const rules = on(one);
    assert.deepEqual(problems(one.answers, rules, { partial: Boolean(one.partial) }).map(named), one.problems, one.about);
    assert.deepEqual(warnings(one.answers, rules).map(named), one.warnings, one.about);
  }
});

test("only codes of the table are ever said, and every code of the table is met", () => {
  const met = [...shared.cases.map((one) => one.problem), ...shared.answers.flatMap((one) => [...one.problems, ...one.warnings].map((pair) => pair[1]))];
  assert.deepEqual(new Set(met.filter(Boolean)), new Set([...table.problem_codes, ...table.warning_codes]));
});

test("the table has a place in the content for every field", () => {
  assert.deepEqual(table.content, ["receipt_code", ...table.fields.map(({ field }) => field), "confirmed_warnings"]);
});

test("a NIK is read as the cases say", () => {
  const { cases, as_of, regency } = read("nik");
  const rules = { ...table, as_of, regency };
  for (const one of cases) {
    const nik = clean("nik", one.typed, rules);
    const answers = { nik, birth_date: one.birth_date, sex: one.sex };
    const refused = problems(answers, rules).some(({ field }) => field === "nik");
    assert.equal(refused ? null : nik, one.clean, one.typed);
    const about = warnings(answers, rules).filter(({ code }) => code.startsWith("nik_"));
    assert.deepEqual(about.map(({ code }) => code), one.warnings, one.typed);
  }
  const asked = { asOf: as_of, regency: "81.05", provinces: table.provinces };
  assert.deepEqual(readNik("8105015708900012", asked),
    { birthDate: "1990-08-17", sex: "female", region: "here", regionCode: "810501", serial: "0012" });
  assert.equal(readNik("8105015708900012\n", asked), null);
});

test("a sentence takes the field's own words first and fills in the numbers", () => {
  const rules = { messages: { "nik.digits": "NIK has {have} of {want}.", digits: "{have}", required: "Fill this in, {name}." } };
  assert.equal(say({ field: "nik", code: "digits", values: { have: 15, want: 16 } }, rules), "NIK has 15 of 16.");
  assert.equal(say({ field: "family_card_no", code: "digits", values: { have: 0 } }, rules), "0");
  assert.equal(say({ field: "name", code: "required" }, rules), "Fill this in, {name}.");
  assert.equal(say({ field: "name", code: "new_code" }, rules), "new_code");
});

test("a receipt code is read as the cases say", () => {
  const { cases, shown } = read("receipt_codes");
  for (const { typed, code, problem } of cases) {
    assert.deepEqual(readReceiptCode(typed), problem ? { problem } : { code }, JSON.stringify(typed));
  }
  for (const [code, words] of shown) assert.equal(showReceiptCode(code), words);
});

test("a made receipt code can be read, and no single slip goes through", () => {
  const seen = new Set();
  for (let i = 0; i < 200; i++) {
    const code = makeReceiptCode();
    seen.add(code);
    assert.deepEqual(readReceiptCode(showReceiptCode(code).toLowerCase()), { code });
    for (let at = 0; at < 12; at++) {
      for (const other of "0123456789ABCDEFGHJKMNPQRSTVWXYZ") {
        if (other !== code[at]) assert.deepEqual(readReceiptCode(code.slice(0, at) + other + code.slice(at + 1)), { problem: "check" });
      }
    }
  }
  assert.equal(seen.size, 200);
});
