#!/bin/sh
# Someone's project builds and runs with pleth installed (CMake package, pkg-config; shared, static)
# and with pleth's source as a subdirectory.
set -eu
. "$SRC/tests/tool/lib/plain.sh"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export CC

"$CMAKE" --install "$BUILD" --prefix "$tmp/first" >"$tmp/log"
# an installed tree may be moved
mv "$tmp/first" "$tmp/prefix"
lib=$(dirname "$(find "$tmp/prefix" -name libpleth.a)")

# build NAME OPTION...: configures, builds and runs the consumer
build()
{
    name=$1
    shift
    echo "== $name"
    if ! {
        "$CMAKE" -S "$SRC/tests/tool/consumer" -B "$tmp/$name" "$@" &&
            "$CMAKE" --build "$tmp/$name"
    } >"$tmp/log" 2>&1; then
        cat "$tmp/log"
        exit 1
    fi
    "$tmp/$name/consumer"
}

build cmake-shared "-DCMAKE_PREFIX_PATH=$tmp/prefix" -DTARGET=pleth::pleth
build cmake-static "-DCMAKE_PREFIX_PATH=$tmp/prefix" -DTARGET=pleth::static
build subdirectory "-DPLETH_SOURCE=$SRC" -DTARGET=pleth::pleth
if [ -e "$tmp/subdirectory/pleth/tests" ] || [ -e "$tmp/subdirectory/pleth/pleth" ]; then
    echo "add_subdirectory brings the tool or the tests along"
    exit 1
fi

if command -v pkg-config >/dev/null; then
    export PKG_CONFIG_PATH="$lib/pkgconfig"
    # the lists of flags are meant to be split
    # shellcheck disable=SC2046
    {
        echo "== pkg-config $(pkg-config --modversion pleth)"
        $CC "$SRC/tests/tool/consumer/main.c" -o "$tmp/shared" $(pkg-config --cflags --libs pleth)
        LD_LIBRARY_PATH=$lib "$tmp/shared"
        rm "$lib"/libpleth.so*
        $CC "$SRC/tests/tool/consumer/main.c" -o "$tmp/static" \
            $(pkg-config --static --cflags --libs pleth)
        "$tmp/static"
    }
else
    echo "no pkg-config: pleth.pc is not tested"
fi
