#!/bin/sh
# node-root.sh DIR: lays out in DIR the root filesystem of the image without the service: Node, the shared libraries
# that it is linked to, and the few files by which a C library and a scanner know where they are. Runs in NODE_IMAGE.
set -eu
root=$1
node=$(readlink -f "$(command -v node)")
mkdir -p "$root/usr/local/bin" "$root/etc" "$root/tmp"
chmod 1777 "$root/tmp"
cp "$node" "$root/usr/local/bin/node"
chmod 755 "$root/usr/local/bin/node"

# Lines are "name => /path (address)" or "/path (address)"; a path is kept as it is looked for, its target is copied.
libraries=$(ldd "$node" | sed -nE 's#^([^/]*=> )?[[:space:]]*(/[^ ]+).*#\2#p')
for library in $libraries; do
  mkdir -p "$root$(dirname "$library")"
  cp -L "$library" "$root$library"
done

printf 'root:x:0:0:root:/:/nonexistent\nlatchkey:x:65532:65532:Latchkey:/app:/nonexistent\n' > "$root/etc/passwd"
printf 'root:x:0:\nlatchkey:x:65532:\n' > "$root/etc/group"
printf 'hosts: files dns\n' > "$root/etc/nsswitch.conf"
if [ -e /etc/os-release ]; then
  cp -L /etc/os-release "$root/etc/os-release"
fi

# Where Debian's libraries come from, in the place where scanners look for it in images without dpkg; and their licenses.
if command -v dpkg-query > /dev/null; then
  mkdir -p "$root/var/lib/dpkg/status.d"
  for library in $libraries; do
    dpkg-query -S "$(readlink -f "$library")" 2> /dev/null || dpkg-query -S "$library" 2> /dev/null || true
  done | sed -E 's#(:[a-z0-9]+)?: .*##' | sort -u | while read -r package; do
    dpkg-query -s "$package" > "$root/var/lib/dpkg/status.d/$package"
    if [ -e "/usr/share/doc/$package/copyright" ]; then
      mkdir -p "$root/usr/share/doc/$package"
      cp -L "/usr/share/doc/$package/copyright" "$root/usr/share/doc/$package/copyright"
    fi
  done
fi
