// What is vendored is what was vendored: a changed byte, a missing or an unlisted file is news.
import test from "node:test";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";

const vendor = new URL("../../static/vendor/", import.meta.url);
const hashes = JSON.parse(readFileSync(new URL("hashes.json", vendor), "utf8"));
const folders = readdirSync(vendor).filter((name) => name.includes("@"));
const present = folders.flatMap((folder) => readdirSync(new URL(folder + "/", vendor)).map((file) => `${folder}/${file}`));

test("every vendored file is listed, and every listed file is there", () => {
  assert.deepEqual(present.sort(), Object.keys(hashes).sort());
});

test("every vendored file has the bytes it was taken with", () => {
  for (const path of present) {
    const sum = createHash("sha256").update(readFileSync(new URL(path, vendor))).digest("hex");
    assert.equal(sum, hashes[path], path);
  }
});

test("every vendored folder says where it is from and under which licence", () => {
  for (const folder of folders) {
    assert.match(readFileSync(new URL(`${folder}/README.md`, vendor), "utf8"), /From:.*\n[^]*Licence:/, folder);
    readFileSync(new URL(`${folder}/LICENSE`, vendor));
  }
});
