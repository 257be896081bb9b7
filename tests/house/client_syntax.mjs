// Reads modules with acorn and prints what Chrome 80 (and the WebView of a phone of 2020) would not understand.
// usage: node client_syntax.mjs FILE... -> JSON [{file, line, what}]
import { readFileSync } from "node:fs";
import { parse } from "../vendor/acorn@8.19.0/acorn.mjs";

// Names that came later than Chrome 80, with the version that brought them. Looked for as members and as globals.
const LATER = {
  replaceAll: 85, at: 92, structuredClone: 98, hasOwn: 93, any: 85, findLast: 97, findLastIndex: 97, toSorted: 110,
  toReversed: 110, toSpliced: 110, groupBy: 117, withResolvers: 119, fromAsync: 121, randomUUID: 92, canParse: 120,
  requestVideoFrameCallback: 83, replaceChildren: 86, inert: 102, showPopover: 114, togglePopover: 114, WeakRef: 84,
  FinalizationRegistry: 84, AggregateError: 85, Segmenter: 87, reportError: 95, setAppBadge: 81, clearAppBadge: 81,
  submitter: 81, CSSStyleSheet: 73, isWellFormed: 111, toWellFormed: 111, toBase64: 140, toHex: 140, fromBase64: 140,
  setFromBase64: 140, ariaLabel: 81, checkVisibility: 105, throwIfAborted: 100, scheduler: 94, showOpenFilePicker: 86,
  commitStyles: 84, getAnimations: 84, startViewTransition: 111, cookieStore: 87, storageBuckets: 122, try: 128,
  trustedTypes: 83, CloseWatcher: 126, TouchEvent: 22, scrollend: 114, getSetCookie: 113, waitAsync: 87,
};
// `timeout` and `any` are common words: only these owners count.
const LATER_OF = { AbortSignal: { timeout: 103, any: 116, abort: 93 }, Promise: { any: 85, try: 128, withResolvers: 119 } };
const COMMON = new Set(["any", "at", "try", "groupBy", "submitter", "TouchEvent", "CSSStyleSheet"]);

function* walk(node, path = []) {
  if (!node || typeof node.type !== "string") return;
  yield [node, path];
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) yield* walk(child, [...path, node]);
  }
}

const FUNCTIONS = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]);

function trouble(node, path) {
  const parent = path[path.length - 1];
  switch (node.type) {
    case "AssignmentExpression":
      if (["??=", "||=", "&&="].includes(node.operator)) return `${node.operator} (Chrome 85)`;
      break;
    case "AwaitExpression":
    case "ForOfStatement":
      if ((node.type === "AwaitExpression" || node.await) && !path.some((p) => FUNCTIONS.has(p.type))) return "await outside a function (Chrome 89)";
      break;
    case "StaticBlock":
      return "static block (Chrome 94)";
    case "MethodDefinition":
      if (node.key.type === "PrivateIdentifier") return "private method (Chrome 84)";
      break;
    case "BinaryExpression":
      if (node.left.type === "PrivateIdentifier") return "#name in object (Chrome 91)";
      break;
    case "ImportDeclaration":
    case "ExportNamedDeclaration":
      if (node.attributes && node.attributes.length) return "import attributes (Chrome 123)";
      if (node.source && !/^[./]/.test(node.source.value)) return `bare import ${node.source.value}: import maps came with Chrome 89`;
      break;
    case "Literal":
      if (node.regex && /[vd]/.test(node.regex.flags)) return `regular expression flag ${node.regex.flags} (Chrome 90 and later)`;
      break;
    case "VariableDeclaration":
      if (/using/.test(node.kind)) return "using (Chrome 134)";
      break;
    case "MemberExpression": {
      const name = !node.computed && node.property.name;
      const owner = node.object.name;
      if (owner in LATER_OF && name in LATER_OF[owner]) return `${owner}.${name} (Chrome ${LATER_OF[owner][name]})`;
      if (name === "at" && parent && parent.type === "CallExpression" && parent.callee === node) return ".at() (Chrome 92)";
      if (name === "submitter" && /^(event|e|submit)$/.test(owner || "")) return "event.submitter (Chrome 81)";
      if (owner === "Object" && name === "groupBy") return "Object.groupBy (Chrome 117)";
      if (LATER[name] > 80 && !COMMON.has(name) && Object.prototype.hasOwnProperty.call(LATER, name)) return `.${name} (Chrome ${LATER[name]})`;
      break;
    }
    case "Identifier":
      if (parent && ["MemberExpression", "Property", "MethodDefinition", "PropertyDefinition"].includes(parent.type)) break;
      if (["structuredClone", "WeakRef", "FinalizationRegistry", "AggregateError", "reportError", "scheduler", "cookieStore", "CloseWatcher"].includes(node.name))
        return `${node.name} (Chrome ${LATER[node.name]})`;
      break;
  }
  return null;
}

const found = [];
for (const file of process.argv.slice(2)) {
  const source = readFileSync(file, "utf8");
  let tree;
  try {
    tree = parse(source, { ecmaVersion: "latest", sourceType: "module", locations: true });
  } catch (error) {
    found.push({ file, line: error.loc ? error.loc.line : 0, what: error.message });
    continue;
  }
  for (const [node, path] of walk(tree)) {
    const what = trouble(node, path);
    if (what) found.push({ file, line: node.loc.start.line, what });
  }
}
process.stdout.write(JSON.stringify(found));
