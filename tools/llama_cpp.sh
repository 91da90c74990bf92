#!/usr/bin/env bash
# Gets a stock llama.cpp to run the back end for ggml in, and leaves the system as it is:
#
#   tools/llama_cpp.sh upstream    the source that a Python package carries, built with back ends
#                                  that are loaded at run time (some minutes, once)
#   tools/llama_cpp.sh debian      packages of Debian's newest suite, unpacked, which run with the
#                                  C library that they were built for
#
# Programs are then in build/deps/llama_cpp/<name>/bin; what is there already is kept. Prints the
# versions. Exits with 77 where what it needs cannot be reached.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly root
readonly home=$root/build/deps/llama_cpp
readonly unreachable=77

say() { printf 'llama_cpp: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
# shellcheck source=tools/packages.sh
. "$root/tools/packages.sh"

# What is pinned: this package's tree is of October 2026, whose back ends have interface version 2.
readonly python_package=llama_cpp_python
readonly python_version=0.3.36
readonly first_tools=(test-backend-ops llama-bench llama-perplexity llama-quantize)
readonly other_tools=(llama-completion llama-cli llama-server ggml-rpc-server)

# fetch_upstream DIR: leaves the tree of llama.cpp in DIR/source.
fetch_upstream() {
  local dir=$1 archive=$1/$python_package-$python_version.tar.gz
  [[ ! -d $dir/source ]] || return 0
  python3 -m pip download --quiet --no-deps --no-binary "$python_package" --dest "$dir" \
    "$python_package==$python_version" || {
    say "pip cannot get the source package $python_package $python_version"
    exit "$unreachable"
  }
  # Under another name until it is complete.
  rm -rf "$dir/part" && mkdir "$dir/part"
  tar -C "$dir/part" --strip-components=3 -xf "$archive" \
    "$python_package-$python_version/vendor/llama.cpp"
  mv "$dir/part" "$dir/source"
  rm "$archive"
}

build_upstream() {
  local dir=$home/upstream
  mkdir -p "$dir"
  fetch_upstream "$dir"
  say "building llama.cpp of $python_package $python_version"
  cmake -S "$dir/source" -B "$dir/build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DBUILD_SHARED_LIBS=ON -DCMAKE_BUILD_RPATH_USE_ORIGIN=ON \
    -DGGML_BACKEND_DL=ON -DGGML_CPU_ALL_VARIANTS=ON -DGGML_NATIVE=OFF -DGGML_RPC=ON \
    -DLLAMA_OPENSSL=OFF -DLLAMA_BUILD_UI=OFF -DLLAMA_USE_PREBUILT_UI=OFF \
    -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_TESTS=ON
  cmake --build "$dir/build" --target "${first_tools[@]}"
  cmake --build "$dir/build" --target ggml-rpc "${other_tools[@]}"
  # g++ 12 drops stores that the configuration of AMX tiles is made of, and the variant that uses them
  # dies of an illegal instruction.
  [[ $(c++ -dumpversion) != 12* ]] || rm -f "$dir"/build/bin/libggml-cpu-sapphirerapids.so
  ln -sfn build/bin "$dir/bin"
  printf '%s %s\n' "$python_package" "$python_version" >"$dir/versions"
}

readonly debian_suite=sid
readonly debian_packages=(libggml0 libggml0-backend-rpc llama.cpp-tools llama.cpp-tools-extra)

# fetch_debian DIR: leaves the packages, and all that they need, unpacked in DIR/root.
fetch_debian() {
  local dir=$1 file
  private_apt "$dir" deb "$debian_suite" >&2 ||
    { say "no Debian archive among this machine's package sources"; exit "$unreachable"; }
  "${private_apt[@]}" install --yes --no-install-recommends --download-only \
    "${debian_packages[@]}" >&2 ||
    { say "cannot get ${debian_packages[*]} of Debian $debian_suite"; exit "$unreachable"; }
  mkdir "$dir/root"
  for file in "$dir"/cache/archives/*.deb; do
    dpkg-deb --extract "$file" "$dir/root"
  done
  for file in "${debian_packages[@]}"; do
    dpkg-deb --showformat='${Package} ${Version}\n' --show "$dir/cache/archives/${file}"_*.deb
  done >"$dir/versions"
}

# wrap_debian DIR: makes DIR/bin, whose programs start with the unpacked C library. The loader
# stands among ggml's variants for processors, because these are looked for beside it.
wrap_debian() {
  local dir=$1 program libraries backends loader
  libraries=usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH)
  backends=$(cd "$dir/root" && printf '%s\n' "$libraries"/ggml/backends*)
  loader=$(cd "$dir/root" && printf '%s\n' "$libraries"/ld-linux*.so.*)
  cp "$dir/root/$loader" "$dir/root/$backends/loader"
  mkdir "$dir/bin"
  while read -r program; do
    cat >"$dir/bin/${program##*/}" <<WRAPPER
#!/bin/sh
root=\$(dirname "\$(readlink -f "\$0")")/../root
exec "\$root/$backends/loader" --argv0 "\$0" \\
  --library-path "\$root/$libraries:\$root/$libraries/llama" "\$root/$program" "\$@"
WRAPPER
    chmod 755 "$dir/bin/${program##*/}"
  done < <(cd "$dir/root" && find usr/bin/llama-* usr/libexec/*/ggml usr/libexec/*/llama \
    -type f -perm /100)
}

build_debian() {
  local dir
  mkdir -p "$home"
  dir=$(mktemp -d "$home/.new.XXXXXX")
  trap 'rm -rf "$home"/.new.*' EXIT
  chmod 755 "$dir"
  fetch_debian "$dir"
  wrap_debian "$dir"
  rm -rf "$dir/cache" "$dir/lists" "$dir/state" "$dir/private.sources"
  # One rename makes it visible, so that an interrupted run leaves nothing usable behind.
  mv "$dir" "$home/debian"
}

[[ $# == 1 && $1 =~ ^(upstream|debian)$ ]] ||
  die "say what to get: tools/llama_cpp.sh upstream, or tools/llama_cpp.sh debian"
mkdir -p "$home"
exec {lock}>"$home/.lock"
flock "$lock"
[[ -f $home/$1/versions ]] || "build_$1"
cat "$home/$1/versions"
