# Sourced by scripts that need Debian packages; they define say.

# install_packages NAME...: installs those that are missing. Without root it says how and exits.
install_packages() {
  local name missing=()
  for name in "$@"; do
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null) == installed ]] ||
      missing+=("$name")
  done
  ((${#missing[@]})) || return 0
  if ((EUID != 0)); then
    say "these packages are missing; install them and run this again:"
    printf 'sudo apt-get install --yes --no-install-recommends %s\n' "${missing[*]}"
    exit 1
  fi
  say "installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -qq --yes --no-install-recommends "${missing[@]}"
}
