#!/bin/sh
# CPack makes a Debian package that holds what is installed and depends on what is linked.
set -eu
. "$SRC/tests/tool/lib/plain.sh"
for program in dpkg-deb dpkg-shlibdeps file; do
    if ! command -v $program >/dev/null; then
        echo "skipped: no $program (packages dpkg-dev, file)"
        exit 77
    fi
done
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
cpack=$(dirname "$CMAKE")/cpack
if ! "$cpack" --config "$BUILD/CPackConfig.cmake" -B "$tmp" >"$tmp/log" 2>&1; then
    cat "$tmp/log"
    exit 1
fi
deb=$(find "$tmp" -maxdepth 1 -name 'pleth_*.deb')
dpkg-deb -c "$deb" >"$tmp/contents"
for file in usr/bin/pleth usr/include/pleth/pleth.h usr/share/man/man1/pleth.1 \
    usr/share/doc/pleth/copyright usr/share/pleth/models/CARD.md \
    usr/share/pleth/models/ppg-hr-16k.safetensors; do
    if ! grep -q " \./$file" "$tmp/contents"; then
        echo "not in the package: $file"
        cat "$tmp/contents"
        exit 1
    fi
done
if grep research "$tmp/contents"; then
    echo "networks of recordings that may not be passed on are in the package"
    exit 1
fi
mkdir research
if ! "$cpack" --config "$BUILD/CPackConfig.cmake" -B "$tmp/research" -D CPACK_DEB_COMPONENT_INSTALL=ON \
    -D CPACK_COMPONENTS_ALL=models-research >"$tmp/log" 2>&1; then
    cat "$tmp/log"
    exit 1
fi
dpkg-deb -c "$(find research -maxdepth 1 -name '*.deb')" >"$tmp/contents"
if ! grep -q ' \./usr/share/pleth/models/research/NOTICE.md' "$tmp/contents" ||
    grep -v '/$' "$tmp/contents" | grep -v ' \./usr/share/pleth/models/research/'; then
    echo "the package of models-research:"
    cat "$tmp/contents"
    exit 1
fi
depends=$(dpkg-deb -f "$deb" Depends)
echo "$(basename "$deb") depends on $depends"
for library in avformat avcodec cairo edf matio hdf5; do
    case $(ldd "$PLETH") in
    *"lib$library.so"*)
        case $depends in
        *"lib$library"*) ;;
        *)
            echo "Depends lacks lib$library"
            exit 1
            ;;
        esac
        ;;
    esac
done
case $depends in
*libc6*) ;;
*)
    echo "Depends lacks libc6"
    exit 1
    ;;
esac
