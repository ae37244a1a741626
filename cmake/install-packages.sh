#!/bin/sh
# Installs Debian or Ubuntu packages that are not there yet, and says so. When nothing is missing it
# touches neither the network nor the package manager.
#
#     install-packages.sh [PACKAGE[?]...]     default: what building pleth with all its parts needs
#
# PACKAGE? is left out where the archive does not have it (names differ between releases).
set -eu

if [ $# -eq 0 ]; then
    set -- gcc libc6-dev make cmake pkg-config libavformat-dev libavcodec-dev libavdevice-dev \
        libswscale-dev libavutil-dev libcairo2-dev 'libedf-dev?' 'libmatio-dev?' \
        'libhdf5-dev?'
fi

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    echo "install-packages: neither Debian nor Ubuntu: going on with what is there." >&2
    echo "install-packages: Debian's names for what pleth uses: $*" >&2
    exit 0
fi

# Also under a name that provides it: pkgconf provides pkg-config.
installed=$(dpkg-query -W -f '${db:Status-Status} ${Package} ${Provides}\n' |
    sed -n 's/^installed //p' | tr -d ',' | tr ' ' '\n')
missing=
optional=
for package; do
    name=${package%\?}
    if echo "$installed" | grep -qxF -- "$name"; then
        continue
    elif [ "$name" = "$package" ]; then
        missing="$missing $name"
    else
        optional="$optional $name"
    fi
done

as_root=
if [ "$(id -u)" -ne 0 ]; then
    as_root=sudo
fi
if [ -n "$missing" ]; then
    echo "install-packages: missing:$missing$optional"
    if [ -n "$as_root" ] && ! command -v sudo >/dev/null; then
        echo "install-packages: not root and no sudo; as root, run" >&2
        echo "    apt-get install --no-install-recommends$missing$optional" >&2
        exit 1
    fi
    if ! $as_root apt-get update -q </dev/null; then
        echo "install-packages: apt-get update failed; trying with the lists that are there" >&2
    fi
fi
for name in $optional; do
    if apt-cache show "$name" >/dev/null 2>&1; then
        missing="$missing $name"
    fi
done
if [ -z "$missing" ]; then
    exit 0
fi
echo "install-packages:$missing: installing with $as_root apt-get"
# Splitting is wanted: $missing is a list.
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends $missing </dev/null
