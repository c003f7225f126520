#!/bin/sh
# Lints all manual pages: mandoc_lint.sh MANDIR. Exits 77 (skipped) without mandoc.
command -v mandoc > /dev/null || exit 77
cd "$1" && exec mandoc -T lint -W warning *.[157]
