#!/usr/bin/env bash
# symbols_test.sh LIBRARY SOVERSION: the shared library has the right SONAME and needs no unexpected
# library. What it shows is tests/api/interface_test.py's business.
set -euo pipefail
library=$1 soversion=$2
rc=0

dynamic=$(readelf -d "$library")
grep -q "SONAME.*\[liblutgemm\.so\.$soversion\]" <<<"$dynamic" || { echo "wrong SONAME"; rc=1; }
needed=$(sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' <<<"$dynamic")
allowed='^(libcpuinfo|libstdc\+\+|libgcc_s|libm|libc|libhwy|ld-linux.*)\.so'
if foreign=$(grep -Ev "$allowed" <<<"$needed"); then
  printf 'unexpected dependencies:\n%s\n' "$foreign"
  rc=1
fi
exit "$rc"
