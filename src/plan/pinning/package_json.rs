//! `package.json`: npm, pnpm and yarn.

use super::edit::Edit;
use super::json::{Member, texts};
use super::{Format, Found, Odd, To};

pub(super) struct PackageJson;

/// What a place in the file asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// A dependency of its own: it names exactly the version.
    Own,
    /// A wish about others' dependencies: ranges are none of our business there, references are.
    Wish,
    /// The same, and it decides what is installed for its own dependency as well.
    Override,
}

/// What is wanted of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// To name the version.
    Pin,
    /// To say all that decides which version is installed.
    Tell,
}

impl Format for PackageJson {
    fn is(&self, file: &str) -> bool {
        file == "package.json"
    }

    fn locks(&self, _file: &str) -> Vec<String> {
        ["package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock"].map(str::to_owned).into()
    }

    fn find(&self, text: &str, to: To<'_>) -> Result<Found, Odd> {
        found(text, to, Asked::Pin)
    }

    fn find_all(&self, text: &str, to: To<'_>) -> Result<Found, Odd> {
        found(text, to, Asked::Tell)
    }
}

fn found(text: &str, to: To<'_>, asked: Asked) -> Result<Found, Odd> {
    let mut found = Found::default();
    for member in texts(text)? {
        let Some((place, key)) = place_of(&member.path) else { continue };
        let place = if place == Place::Override && asked == Asked::Pin { Place::Wish } else { place };
        let Some(wanted) = wanted(&member, key, place, to)? else { continue };
        found.places += 1;
        if member.value != wanted {
            found.edits.push(Edit::reference_at(member.range, format!("\"{wanted}\"")));
        }
    }
    Ok(found)
}

/// Which kind of place a path leads to, and the package it speaks of.
fn place_of(path: &[String]) -> Option<(Place, &str)> {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match path.as_slice() {
        ["dependencies" | "devDependencies" | "optionalDependencies", key] => Some((Place::Own, key)),
        ["peerDependencies", key] => Some((Place::Wish, key)),
        ["overrides", key, "."] | ["overrides" | "resolutions", key] | ["pnpm", "overrides", key] => {
            // below another package it is about that one's dependency
            let place = if key.contains('>') { Place::Wish } else { Place::Override };
            Some((place, selected(key)))
        }
        ["overrides", .., key, "."] | ["overrides", .., key] => Some((Place::Wish, selected(key))),
        _ => None,
    }
}

/// The package that an override's key selects: `parent>name`, `**/name`, `name@range`.
fn selected(key: &str) -> &str {
    let key = key.rsplit('>').next().unwrap_or(key).trim();
    let key = key.strip_prefix("**/").unwrap_or(key);
    let after_scope = usize::from(key.starts_with('@'));
    match key.get(after_scope..).and_then(|rest| rest.find('@')) {
        Some(at) => key.get(..after_scope + at).unwrap_or(key),
        None => key,
    }
}

/// What a place should say, if it is about the package.
fn wanted(member: &Member, key: &str, place: Place, to: To<'_>) -> Result<Option<String>, Odd> {
    let value = member.value.trim();
    if let Some(alias) = value.strip_prefix("npm:") {
        let scope = usize::from(alias.starts_with('@'));
        let end = alias.get(scope..).and_then(|rest| rest.find('@')).map_or(alias.len(), |at| at + scope);
        return match alias.get(..end) {
            Some(name) if name == to.name => Ok(Some(format!("npm:{}@{}", to.name, to.version))),
            Some(_) | None if key == to.name => {
                Err(Odd::at(member.range.start, format!("{key} is another package there"), exact(to)))
            }
            Some(_) | None => Ok(None),
        };
    }
    if key != to.name {
        return Ok(None);
    }
    // it follows a place that is looked at by itself
    if place != Place::Own && value.starts_with('$') {
        return Ok(None);
    }
    for (start, what) in [("catalog:", "its version stands in a catalog"), ("patch:", "it is patched")] {
        if value.starts_with(start) {
            return Err(Odd::at(member.range.start, format!("{what} ({value})"), exact(to)));
        }
    }
    match place {
        Place::Wish if !value.contains([':', '/']) && value != to.version => Ok(None),
        Place::Own | Place::Wish | Place::Override => Ok(Some(to.version.to_owned())),
    }
}

fn exact(to: To<'_>) -> String {
    format!("\"{}\": \"{}\"", to.name, to.version)
}
