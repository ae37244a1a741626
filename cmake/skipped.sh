#!/bin/sh
# Says why tests were skipped in the last run of ctest: skipped.sh BUILD-FOLDER
set -eu
awk '/^[0-9]+\/[0-9]+ Testing: / { name = $3 } /^skipped: / { print name " " $0 }' \
    "$1/Testing/Temporary/LastTest.log"
