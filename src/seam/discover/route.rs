//! Paths of HTTP services: what routers declare, and what clients write in quotes.

use std::sync::LazyLock;

use regex::Regex;

use super::TextFile;
use super::contract::defines;
use super::draft::Draft;
use super::slot::{Kind, Narrow, Role, SlotKey, Slots};
use super::uses::{CODE, ending, found};

/// What common routers look like: a decorator, a router with a method, or the word route; then the path in quotes.
const DECLARED: &str = r#"(?:@\w+\.(?:get|post|put|patch|delete|route)|\b(?:app|router|server|routes?|blueprint|bp|mux|fastify)\.(?:get|post|put|patch|delete|route|[hH]andle\w*)|\b(?:Get|Post|Put|Patch|Delete|Request)Mapping|\broute)\(\s*(?:["'](?:GET|POST|PUT|PATCH|DELETE)["'],\s*)?["'](/[\w{}<>:./-]*)["']"#;
/// A path in quotes with nothing put into it.
pub(super) const WRITTEN: &str = r#"["'`](/[\w-]+(?:/[\w.-]+)+)["'`]"#;

static ROUTERS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(DECLARED).ok());
static LITERALS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(WRITTEN).ok());

pub(super) fn look(repo: usize, file: &TextFile, slots: &mut Slots) {
    if !CODE.contains(&ending(&file.path)) {
        return;
    }
    let (Some(routers), Some(literals)) = (ROUTERS.as_ref(), LITERALS.as_ref()) else { return };
    let declared = found(routers, file);
    // a router's own paths are no calls
    if declared.is_empty() {
        let key = SlotKey {
            kind: Kind::Routes,
            about: String::new(),
            role: Role::Uses,
            repo,
            draft: Draft::beside(&file.path).with("regex", WRITTEN),
            narrow: Narrow::Quoted,
            at_least: 60,
        };
        slots.add(key, found(literals, file));
    }
    slots.add(defines(Kind::Routes, "", repo, Draft::beside(&file.path).with("regex", DECLARED)), declared);
}
