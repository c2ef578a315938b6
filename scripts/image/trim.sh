#!/bin/sh
# trim.sh DIST NODE_MODULES: takes out what Node never loads. Licenses stay.
set -eu
dist=$1
modules=$2

# Source maps would carry the sources of packages along; types and TypeScript are for compilers.
find "$dist" "$modules" -type f \( -name '*.map' -o -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name '*.tsx' -o -name '*.tsbuildinfo' \) -delete
find "$modules" -type f \( -iname '*.md' -o -iname '*.markdown' \) ! -iname 'licen[cs]e*' ! -iname 'notice*' -delete

# Folders beside a package.json that hold its tests, examples and pages.
find "$modules" -type f -name package.json | while read -r manifest; do
  package=$(dirname "$manifest")
  for folder in test tests __tests__ spec specs benchmark benchmarks example examples docs .github .vscode; do
    rm -rf "${package:?}/$folder"
  done
done

# The same code once more, for browsers and for other module systems than the one that Node takes by the package's exports.
rm -rf "$modules"/rxjs/dist/bundles "$modules"/rxjs/dist/esm5 "$modules"/rxjs/src
rm -rf "$modules"/class-validator/bundles "$modules"/class-validator/esm5
rm -rf "$modules"/libphonenumber-js/bundle "$modules"/libphonenumber-js/source
rm -rf "$modules"/es-toolkit/dist/umd.global.js "$modules"/es-toolkit/dist/browser.global.js
rm -f "$modules"/swagger-ui-dist/swagger-ui-es-bundle*.js "$modules"/swagger-ui-dist/swagger-ui.js "$modules"/swagger-ui-dist/swagger-ui-standalone-preset.js

rm -rf "$modules"/.bin "$modules"/.package-lock.json "$modules"/@types
find "$modules" -type d -empty -delete
