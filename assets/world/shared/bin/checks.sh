# Sourced by bin/test and bin/build: one line a check, and an exit status that says whether all of them held.
# POSIX shell and utilities only.

failed=0

# check WHAT COMMAND…: runs the command, says what it proved or didn't.
check() {
    what=$1
    shift
    if "$@"; then
        echo "ok    $what"
    else
        echo "FAIL  $what"
        failed=$((failed + 1))
    fi
}

# A real suite takes its time; a part of a second is enough to be seen running.
pace() {
    sleep 0.2 2>/dev/null || sleep 1
}

finish() {
    if [ "$failed" -gt 0 ]; then
        echo "$failed failed"
        exit 1
    fi
    echo "all passed"
}

# The version that the newest entry of CHANGELOG.md is about.
changelog_version() {
    sed -n 's/^## \([0-9][0-9A-Za-z.+-]*\).*/\1/p' CHANGELOG.md | sed -n 1p
}

# The first "version" of package.json.
package_version() {
    sed -n 's/^  "version": "\([^"]*\)".*/\1/p' package.json | sed -n 1p
}

# same WHAT A B: two texts that must agree, both shown when they don't.
same() {
    if [ -n "$1" ] && [ "$1" = "$2" ]; then
        return 0
    fi
    echo "      \"$1\" is not \"$2\""
    return 1
}

# The names of the properties of one schema in an OpenAPI file: schema_fields FILE SCHEMA
schema_fields() {
    awk -v schema="\"$2\": {" '
        index($0, schema) && !inside { inside = 1; next }
        inside && /"properties": \{/ { listing = 1; next }
        inside && listing && /^ *\},? *$/ { exit }
        inside && listing && /^ *"/ { split($0, part, "\""); print part[2] }
    ' "$1"
}

# Every key in FLAGS is read somewhere below the given folder.
flags_are_read() {
    while read -r key; do
        if ! grep -rq "$key" "$1"; then
            echo "      nothing in $1 reads $key"
            return 1
        fi
    done < FLAGS
}

# A folder that can't be read is no folder without markers: only grep's "found none" will do.
no_conflict_markers() {
    found=0
    grep -rlE '^(<<<<<<<|>>>>>>>) ' "$@" || found=$?
    [ "$found" -eq 1 ]
}
