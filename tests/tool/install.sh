#!/bin/sh
# `cmake --install` obeys DESTDIR and the prefix, and puts everything where it belongs.
set -eu
. "$SRC/tests/tool/lib/plain.sh"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

DESTDIR=$tmp/root "$CMAKE" --install "$BUILD" --prefix /opt/pleth >"$tmp/log"
if [ "$(ls "$tmp/root")" != opt ] || [ "$(ls "$tmp/root/opt")" != pleth ]; then
    echo "installed outside of the prefix:"
    find "$tmp/root"
    exit 1
fi

cd "$tmp/root/opt/pleth"
find . -type f -o -type l | sort >"$tmp/files"
for pattern in bin/pleth include/pleth/pleth.h 'lib.*/libpleth\.a' 'lib.*/libpleth\.so' \
    'lib.*/libpleth\.so\.0' 'lib.*/libpleth\.so\.0\.[0-9]*\.[0-9]*' 'lib.*/pkgconfig/pleth\.pc' \
    'lib.*/cmake/pleth/pleth-config\.cmake' 'lib.*/cmake/pleth/pleth-config-version\.cmake' \
    'lib.*/cmake/pleth/pleth-targets\.cmake' 'share/man/man1/pleth\.1' \
    'share/doc/pleth/README\.md' 'share/doc/pleth/copyright' 'share/pleth/models/CARD\.md' \
    'share/pleth/models/ppg-hr-16k\.safetensors'; do
    if ! grep -qx "\./$pattern" "$tmp/files"; then
        echo "not installed: $pattern"
        cat "$tmp/files"
        exit 1
    fi
done

# networks of recordings that may not be passed on are there only where they are asked for, with
# their notice, and then nothing else is
if grep research "$tmp/files"; then
    echo "installed unasked"
    exit 1
fi
DESTDIR=$tmp/research "$CMAKE" --install "$BUILD" --prefix /opt/pleth --component models-research >"$tmp/log"
(cd "$tmp/research/opt/pleth" && find . -type f) >"$tmp/research-files"
for file in NOTICE.md CARD.md ppg-hr-16k.safetensors; do
    if ! grep -qx "\./share/pleth/models/research/$file" "$tmp/research-files"; then
        echo "not in the component models-research: $file"
        exit 1
    fi
done
if grep -v '^\./share/pleth/models/research/[^/]*$' "$tmp/research-files"; then
    echo "what the component models-research should not hold"
    exit 1
fi

# the README's links lead somewhere; what is absent from the sources too is readme.sh's business
cd share/doc/pleth
for file in $(grep -oE '\]\([^):]*\)' README.md | tr -d '()]'); do
    if [ ! -e "$file" ] && { [ -e "$SRC/$file" ] || [ "${file#docs/}" = "$file" ]; }; then
        echo "README.md points to $file, which is not installed"
        exit 1
    fi
done
cd ../../..

# nothing that is installed may know where it was built or staged
if grep -rlF -e "$SRC" -e "$tmp" include lib*/pkgconfig lib*/cmake share; then
    echo "the files above hold paths of this machine"
    exit 1
fi
bin/pleth --version
bin/pleth info ppg-hr-16k --json | grep -q '"network":"tcn"'
