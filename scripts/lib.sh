# What the scripts share. Sourcing it gives $checkout, $home (where data is kept) and $python, the
# interpreter of the virtual environment, which is built first where it is missing or out of date.
set -eu
export PIP_NO_INPUT=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_USER=0

checkout=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
home=${XDG_DATA_HOME:-~/.local/share}/callcentre
if [ "$(id -u)" = 0 ]; then home=/var/lib/callcentre; fi
home=$(readlink -m "${CALLCENTRE_HOME:-$home}")

die() { echo "$*" >&2; exit 1; }
install() { # from Debian's or Ubuntu's archive; false for all but root
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null &&
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y "$@"; } >/dev/null 2>&1
}

complete() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }
find_python() { # the first that is new enough; rather one that can make environments
  local name found=""
  for name in python3.13 python3.12 python3.11 python3; do
    "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
    found=${found:-$name}
    complete "$name" && echo "$name" && return
  done
  [ "$found" ] || die "callcentre needs Python 3.11 or newer, and this machine has" \
    "$(python3 -V 2>/dev/null || echo none): install python3.11 (or newer), then start again."
  echo "$found"
}

make_venv() { # Debian's python3 comes without ensurepip; then whatever else can make one
  local package
  package=$("$base" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
  if complete "$base" || { install "$package" && complete "$base"; }; then
    "$base" -m venv --clear "$venv"
  elif command -v uv >/dev/null; then uv venv --quiet --clear --seed --python "$base" "$venv"
  elif command -v virtualenv >/dev/null; then virtualenv --quiet --clear --python "$base" "$venv"
  elif "$base" -m pip --version >/dev/null 2>&1; then
    "$base" -m venv --clear --without-pip "$venv" && "$base" -m pip --python "$venv" -qq install pip
  else
    die "This Python cannot make virtual environments: run 'apt-get install $package' as root," \
      "then start again."
  fi
}

fresh() { [ "$(cat "$1/stamp" 2>/dev/null)" = "$stamp" ]; }
writable() { [ -w "$1" ] || { [ ! -e "$1" ] && mkdir -p "$1" 2>/dev/null; }; }

build() {
  [ "$(df -Pk "$venv" | awk 'NR == 2 {print $4}')" -gt 1000000 ] ||
    die "The virtual environment needs 1 GB and $venv has less: free some space first."
  echo "Installing packages into $venv (once, about a minute) ..." >&2
  [ "$("$python" -V 2>/dev/null)" = "$version" ] && "$python" -m pip --version >/dev/null 2>&1 ||
    make_venv
  "$python" -m pip install -qq --no-compile --require-hashes -r "$checkout/requirements.lock" &&
    "$python" -m pip install -qq --no-index --no-deps --no-build-isolation -e "$checkout" ||
    die "The packages could not be installed (see above): check the network, then start again."
  "$python" -m compileall -qq -j 0 "$venv/lib" || true # pip would do it on one core
  echo "$stamp" >"$venv/stamp"
}

base=$(find_python)
version=$("$base" -V)
stamp=$({
  cat "$checkout/requirements.lock" "$checkout/pyproject.toml" && echo "$version $checkout"
} | sha256sum)
venv=$checkout/.venv
fresh "$venv" || writable "$venv" || venv=$home/venv
fresh "$venv" || writable "$venv" || die "Neither $checkout nor $home can be written to:" \
  "set CALLCENTRE_HOME to a folder of yours, then start again."
python=$venv/bin/python
(flock 9 && { fresh "$venv" || build; }) 9<"$venv" # one build at a time
