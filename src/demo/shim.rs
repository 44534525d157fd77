//! The little programs and settings of a demo world: how its scripts find flightdeck, wherever either of them lies.
//! It writes shell; it runs none.

use std::path::Path;

use super::disk::{self, DiskError};

/// Quotes a text for a POSIX shell.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Writes `bin/registry` and `demo.env` for a world.
pub(super) fn write(root: &Path, world: &str, program: &str) -> Result<(), DiskError> {
    let registry = format!(
        "#!/bin/sh\n\
         # Written by `flightdeck demo`: the registry of this world, for scripts that know neither path.\n\
         set -eu\n\
         case ${{1:-}} in\n\
         push | probe | integrity) verb=$1 ;;\n\
         *) echo \"usage: registry push NAME VERSION FILE | registry probe NAME VERSION | registry integrity NAME VERSION\" >&2; exit 2 ;;\n\
         esac\n\
         shift\n\
         exec {} demo-registry \"$verb\" --root {} -- \"$@\"\n",
        quoted(program),
        quoted(&format!("{world}/registry")),
    );
    disk::write_program(&root.join("bin/registry"), registry.as_bytes())?;
    let settings = format!(
        "# Written by `flightdeck demo`. Source it (`. ./demo.env`) and flightdeck finds the state of this world.\n\
         FLIGHTDECK_STATE={}\n\
         export FLIGHTDECK_STATE\n",
        quoted(&format!("{world}/state")),
    );
    disk::write(&root.join("demo.env"), settings.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_in_a_path_ends_no_word() {
        assert_eq!(quoted("/tmp/ada's $HOME"), r"'/tmp/ada'\''s $HOME'");
    }
}
