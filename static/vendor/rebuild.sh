#!/usr/bin/env bash
# Makes every vendored file again from its npm package and says whether it is the same, byte for byte.
# Needs node and npm; run it from anywhere: static/vendor/rebuild.sh
# To take a new version: change it here, rename the folder, run with --accept, read the diff, commit.
set -euo pipefail
vendor=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
HTMX=2.0.11 HPKE=1.1.7 UQR=0.1.3 ESBUILD=0.28.2

cd "$work"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts --save-exact \
  "htmx.org@$HTMX" "hpke@$HPKE" "uqr@$UQR" "esbuild@$ESBUILD"

bundle() { # name, banner, entry on stdin
  cat >"$1.entry.js"
  npx esbuild "$1.entry.js" --bundle --minify --format=esm --target=chrome80 --legal-comments=none \
    --banner:js="/* $2 */" --log-level=warning --outfile="$1.js"
}

# Only the one suite that is used: the rest of the package is shaken off.
bundle hpke "hpke $HPKE, MIT, (c) Filip Skokan; DHKEM(P-256), HKDF-SHA256, AES-256-GCM only" <<'JS'
export { CipherSuite, KEM_DHKEM_P256_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_AES_256_GCM } from "hpke";
JS
# String.replaceAll came with Chrome 85; split and join say the same in Chrome 80.
sed -i -E 's/\.replaceAll\(("[^"]*"),("[^"]*")\)/.split(\1).join(\2)/g' hpke.js

bundle uqr "uqr $UQR, MIT, (c) Anthony Fu; encode only" <<'JS'
export { encode } from "uqr";
JS

put() { # from, to
  mkdir -p "$(dirname "$vendor/$2")"
  cp "$1" "$vendor/$2"
}
put node_modules/htmx.org/dist/htmx.min.js "htmx@$HTMX/htmx.min.js"
put node_modules/htmx.org/LICENSE          "htmx@$HTMX/LICENSE"
put hpke.js                                "hpke@$HPKE/hpke.js"
put node_modules/hpke/LICENSE.md           "hpke@$HPKE/LICENSE"
put uqr.js                                 "uqr@$UQR/uqr.js"
put node_modules/uqr/LICENSE               "uqr@$UQR/LICENSE"

cd "$vendor"
{
  echo "{"
  find . -path './*@*/*' -type f | sed 's#^\./##' | LC_ALL=C sort | xargs sha256sum |
    sed -E 's#^([0-9a-f]{64})  (.*)$#  "\2": "\1",#' | sed '$ s/,$//'
  echo "}"
} >"$work/hashes.json"
if [ "${1:-}" = "--accept" ]; then
  cp "$work/hashes.json" hashes.json
  echo "hashes.json written"
else
  diff hashes.json "$work/hashes.json" && echo "every vendored file is the same"
fi
