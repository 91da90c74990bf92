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

# Prints the archives that this machine takes its own release of Debian from.
debian_archives() {
  local codename
  codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
  apt-get indextargets --no-release-info \
    --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    awk -v own="$codename" '
      $3 == "main" && ($2 == own || $2 ~ /^(stable|testing|unstable|sid)$/) && !seen[$1]++ {
        print $1
      }'
}

# private_apt DIR TYPE SUITE: gets the lists of another suite of Debian, of binary packages (TYPE
# deb) or of sources (deb-src), with list, state and cache below DIR: the system's stay as they are.
# The array private_apt is then the command that goes on with them, for which no package is
# installed. Only what the Debian archive keys sign is accepted. Fails where this machine knows no
# Debian archive.
private_apt() {
  local dir=$1 type=$2 suite=$3 keys=/usr/share/keyrings/debian-archive-keyring.gpg uri
  private_apt=(
    apt-get -qq
    -o "Dir::State=$dir/state"
    -o "Dir::State::lists=$dir/lists"
    -o "Dir::State::status=$dir/state/status"
    -o "Dir::Cache=$dir/cache"
    -o "Dir::Etc::sourcelist=$dir/private.sources"
    -o Dir::Etc::sourceparts=/dev/null
    -o Dir::Etc::preferences=/dev/null
    -o Dir::Etc::preferencesparts=/dev/null
    -o Acquire::Languages=none
    -o Acquire::AllowInsecureRepositories=false
    -o APT::Get::AllowUnauthenticated=false
  )
  mkdir -p "$dir/state" "$dir/lists/partial" "$dir/cache/archives/partial"
  : >"$dir/state/status"
  for uri in $(debian_archives); do
    printf 'Types: %s\nURIs: %s\nSuites: %s\nComponents: main\n' "$type" "$uri" "$suite"
    [[ ! -r $keys ]] || printf 'Signed-By: %s\n' "$keys"
    printf '\n'
  done >"$dir/private.sources"
  [[ -s $dir/private.sources ]] || return 1
  # apt drops its privileges for downloads and must be able to write there.
  ((EUID != 0)) || chown -R _apt "$dir/lists/partial" "$dir/cache/archives/partial" 2>/dev/null ||
    true
  # A source that lacks the release is no error as long as another one has it.
  "${private_apt[@]}" update || true
}
