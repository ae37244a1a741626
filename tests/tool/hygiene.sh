#!/bin/sh
# What the repository may hold: text without trailing blanks and tabs; no path of one person's
# machine; no unfinished business; no big files. (Lines of C are format.sh's business.)
set -eu
cd "$SRC"
if ! git ls-files >/dev/null 2>&1; then
    echo "skipped: no git checkout"
    exit 77
fi
status=0
tmp=$(mktemp)
trap 'rm -f "$tmp"' EXIT

# deleted but not yet committed files are still listed
git ls-files | while read -r file; do
    [ ! -f "$file" ] || echo "$file"
done >"$tmp"

# found WHAT: standard input lists offenders
found()
{
    if grep . >&2; then
        echo "^ $1" >&2
        status=1
    fi
}

# grep_files PATTERN SUFFIX-REGEX
grep_files()
{
    grep -E "$2" "$tmp" | tr '\n' '\0' | xargs -0 -r grep -nIE -e "$1" -- /dev/null || true
}

text='(\.(c|h|sh|cmake|in|md|json|1|txt)|Makefile|CMakeLists\.txt|\.ci/run)$'
found "trailing blanks" <<END
$(grep_files '[[:blank:]]+$' "$text")
END
tab=$(printf '\t')
found "tabs" <<END
$(grep_files "$tab" '\.(c|h|sh|cmake|in|json|1)$')
END
# the brackets keep these lines from finding themselves
found "paths of one machine" <<END
$(grep_files '/(wor[k]|hom[e]/[a-z]|Use[r]s|tm[p]/build)' "$text")
END
found "unfinished" <<END
$(grep_files '(TOD[O]|FIXM[E]|\bXX[X]\b)' "$text")
END
found "empty, or no newline at the end" <<END
$(grep -E "$text" "$tmp" | while read -r file; do
    [ "$(tail -c 1 "$file" | od -An -c | tr -d ' ')" = '\n' ] || echo "$file"
done)
END
# Arrows in src/ point down: pleth -> camera -> vitals -> signal -> kern. below WHERE WHAT: no
# include in src/WHERE names WHAT.
below()
{
    git grep -nE "^#include \"([^\"]*/)?($2)\"" -- "src/$1" || true
}
found "includes of what lies above" <<END
$(below kern '(signal|vitals|camera)/[^"]*')
$(below signal '(vitals|camera)/[^"]*')
$(below vitals 'camera/[^"]*')
$(git grep -nE '^#include "([^"]*/)?stream\.h"' -- src ':!src/pleth.c' || true)
END
found "files over 1 MB, but for kept models" <<END
$(grep -v '^models/.*\.safetensors$' "$tmp" | tr '\n' '\0' | xargs -0 -I{} find {} -size +1024k)
END
echo "$(wc -l <"$tmp") files"
exit $status
