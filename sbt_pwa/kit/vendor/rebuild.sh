#!/usr/bin/env bash
# Makes the vendored fonts again from Debian's package fonts-dejavu-extra 2.37-6, byte for byte.
# Needs that package and our requirements; run it from anywhere: sbt_pwa/kit/vendor/rebuild.sh
set -euo pipefail
cd "$(dirname "$0")/dejavu@2.37"
from=/usr/share/fonts/truetype/dejavu
# Latin with its extensions and combining marks; dashes, quotes, bullet, dots, arrows, check mark.
latin="U+0020-007E,U+00A0-024F,U+02B9-02DD,U+0300-0328,U+1E00-1EFF,U+2010-2015,U+2018-201E,U+2020-2022,U+2026,U+2030,U+2032,U+2033"
signs="U+20AC,U+2190-2193,U+2212,U+2713"
for font in DejaVuSansCondensed DejaVuSansCondensed-Bold; do
  python -m fontTools.subset "$from/$font.ttf" --unicodes="$latin,$signs" --layout-features= --no-hinting \
    --drop-tables+=GPOS,GSUB,GDEF,kern,FFTM,gasp --notdef-outline --name-IDs=0,1,2,3,4,5,6,13,14 \
    --no-recalc-timestamp --output-file="$font.ttf"
done
cd ..
sha256sum --check --strict <(python -c 'import json; [print(f"{h}  {p}") for p, h in json.load(open("hashes.json")).items()]')
