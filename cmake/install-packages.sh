#!/bin/sh
# Installs Debian or Ubuntu packages that are not there yet, and says so. When nothing is missing it
# touches neither the network nor the package manager.
#
#     install-packages.sh [PACKAGE...]     default: what building pleth with all its parts needs
set -eu

if [ $# -eq 0 ]; then
    set -- gcc libc6-dev make cmake pkg-config libavformat-dev libavcodec-dev libavdevice-dev \
        libswscale-dev libavutil-dev libcairo2-dev
fi

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    echo "install-packages: neither Debian nor Ubuntu: going on with what is there." >&2
    echo "install-packages: Debian's names for what pleth uses: $*" >&2
    exit 0
fi

missing=
for package; do
    # a package may also be there under a name that provides it (pkgconf provides pkg-config)
    if ! dpkg-query -W -f '${db:Status-Status} ${Package} ${Provides}\n' 2>/dev/null |
        sed -n 's/^installed //p' | tr -d ',' | tr ' ' '\n' | grep -qxF -- "$package"; then
        missing="$missing $package"
    fi
done
if [ -z "$missing" ]; then
    exit 0
fi

echo "install-packages: missing:$missing"
as_root=
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "install-packages: not root and no sudo; as root, run" >&2
        echo "    apt-get install --no-install-recommends$missing" >&2
        exit 1
    fi
    as_root=sudo
    echo "install-packages: installing them with sudo apt-get"
else
    echo "install-packages: installing them with apt-get"
fi

# Word splitting is wanted: $missing is a list.
# shellcheck disable=SC2086
install()
{
    $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -q --no-install-recommends $missing </dev/null
}
if ! $as_root apt-get update -q </dev/null; then
    echo "install-packages: apt-get update failed; trying with the lists that are there" >&2
fi
install
