#!/usr/bin/env bash
# Makes a Debian machine ready to build lutgemm: installs the packages that are
# missing and, where the installed Highway is older than 1.2, builds the next
# release's source package into build/deps/highway. Does nothing when all is there.
#
#   tools/setup.sh [--tests]     --tests: also what only tests need
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly root
readonly packages=(
  g++ cmake ninja-build pkg-config python3 dpkg-dev xz-utils
  libcpuinfo-dev nlohmann-json3-dev libxxhash-dev libcli11-dev
  libfmt-dev libbenchmark-dev libdnnl-dev doctest-dev
)
# Tests run the library as other processors, and read checkpoints with NumPy.
readonly test_packages=(qemu-user valgrind python3-numpy)
readonly highway_release=trixie  # the Debian release that first has Highway >= 1.2
readonly highway_home=$root/build/deps/highway

say() { printf 'setup: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
# shellcheck source=tools/packages.sh
. "$root/tools/packages.sh"

# True when CMake would find a Highway that is new enough: the one named by
# CMAKE_PREFIX_PATH, the system's, or one built here earlier.
highway_present() {
  local probe rc=0
  probe=$(mktemp -d)
  cat >"$probe/CMakeLists.txt" <<EOF
cmake_minimum_required(VERSION 3.25)
project(probe LANGUAGES NONE)
include("$root/cmake/Highway.cmake")
EOF
  cmake -S "$probe" -B "$probe/build" -G Ninja \
    -DCMAKE_LIBRARY_ARCHITECTURE="$(dpkg-architecture -qDEB_HOST_MULTIARCH)" \
    >/dev/null 2>&1 || rc=1
  rm -rf "$probe"
  return "$rc"
}

# fetch_highway DIR: downloads and unpacks the source package in DIR.
fetch_highway() {
  local dir=$1
  mkdir -p "$dir/source"
  # apt drops its privileges for downloads and must be able to write there.
  ((EUID != 0)) || chown -R _apt "$dir/source" 2>/dev/null || true
  private_apt "$dir" deb-src "$highway_release" ||
    die "no Debian archive among this machine's package sources; install Highway >= 1.2 yourself and name it in CMAKE_PREFIX_PATH"
  (cd "$dir/source" && "${private_apt[@]}" source highway)
}

build_highway() (
  mkdir -p "$highway_home"
  exec {lock}>"$highway_home/.lock"
  flock "$lock"
  ! highway_present || exit 0

  say "building Highway from the $highway_release source package"
  work=$(mktemp -d)
  trap 'rm -rf "$work" "$highway_home"/.new.*' EXIT
  chmod 755 "$work"
  fetch_highway "$work" >"$work/log" 2>&1 || {
    cat "$work/log" >&2
    die "cannot fetch the source package of Highway"
  }
  source_dir=$(printf '%s\n' "$work"/source/highway-*/CMakeLists.txt)
  source_dir=${source_dir%/CMakeLists.txt}
  [[ -d $source_dir ]] || die "the source package of Highway did not unpack as expected"
  version=${source_dir##*/highway-}

  staged=$(mktemp -d "$highway_home/.new.XXXXXX")
  chmod 755 "$staged"
  {
    cmake -S "$source_dir" -B "$work/build" -G Ninja \
      -DCMAKE_BUILD_TYPE=Release \
      -DCMAKE_INSTALL_PREFIX="$staged" \
      -DCMAKE_INSTALL_LIBDIR=lib \
      -DCMAKE_POSITION_INDEPENDENT_CODE=ON \
      -DCMAKE_CXX_VISIBILITY_PRESET=hidden \
      -DCMAKE_VISIBILITY_INLINES_HIDDEN=ON \
      -DBUILD_SHARED_LIBS=OFF \
      -DHWY_ENABLE_CONTRIB=OFF -DHWY_ENABLE_EXAMPLES=OFF -DHWY_ENABLE_TESTS=OFF &&
      cmake --build "$work/build" &&
      cmake --install "$work/build"
  } >"$work/log" 2>&1 || {
    tail -n 40 "$work/log" >&2
    die "Highway $version did not build"
  }
  # One rename makes it visible, so that an interrupted run leaves nothing usable
  # behind; whatever stands there was found unusable above.
  rm -rf "${highway_home:?}/$version"
  mv "$staged" "$highway_home/$version"
  highway_present || die "Highway $version was built but is not usable"
)

[[ $# == 0 || $* == --tests ]] || die "unknown arguments: $*; only --tests is known"
command -v dpkg-query >/dev/null ||
  die "this is not a Debian system; install what these packages hold, and Highway >= 1.2, by hand: ${packages[*]}"
install_packages "${packages[@]}"
[[ ${1:-} != --tests ]] || install_packages "${test_packages[@]}"
highway_present || build_highway
