#!/usr/bin/env bash
# symbols_test.sh LIBRARY INCLUDE_DIR CC: the shared library defines only lutgemm's
# own dynamic symbols, among them every C function, has the right SONAME, and needs
# no unexpected library.
set -euo pipefail
library=$1 include=$2 cc=$3
rc=0

symbols=$(nm -D --defined-only "$library" | cut -d ' ' -f 3- | c++filt)
own='^(typeinfo (name )?for |vtable for |construction vtable for |VTT for )?lutgemm(_|::)'
if foreign=$(grep -Ev "$own" <<<"$symbols"); then
  printf 'not lutgemm symbols:\n%s\n' "$foreign"
  rc=1
fi
declared=$("$cc" -E -P -I"$include" "$include/lutgemm/lutgemm.h" |
  grep -oE '\blutgemm_[a-z0-9_]+ *\(' | tr -d ' (' | sort -u)
if absent=$(grep -Fxv "$symbols" <<<"$declared"); then
  printf 'declared in lutgemm.h but not exported:\n%s\n' "$absent"
  rc=1
fi

dynamic=$(readelf -d "$library")
grep -q 'SONAME.*\[liblutgemm\.so\.0\]' <<<"$dynamic" || { echo "wrong SONAME"; rc=1; }
needed=$(sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' <<<"$dynamic")
allowed='^(libcpuinfo|libstdc\+\+|libgcc_s|libm|libc|libhwy|ld-linux.*)\.so'
if foreign=$(grep -Ev "$allowed" <<<"$needed"); then
  printf 'unexpected dependencies:\n%s\n' "$foreign"
  rc=1
fi
exit "$rc"
