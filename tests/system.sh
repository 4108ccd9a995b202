#!/bin/sh
# Install the named Debian packages when root; else print the line that would.
missing=""
for package in "$@"; do
  dpkg -s "$package" >/dev/null 2>&1 || missing="$missing $package"
done
[ -z "$missing" ] && exit 0
line="apt-get install -y --no-install-recommends$missing"
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update -q >/dev/null && DEBIAN_FRONTEND=noninteractive $line >/dev/null || echo "could not install:$missing; tests that need them skip with the reason"
else
  echo "some tests skip without these packages; as root run: $line"
fi
