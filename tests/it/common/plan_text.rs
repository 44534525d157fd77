//! The worked example, cut down to what a story is about.

/// The plan with one approval for all of it.
pub(crate) fn quick(plan: &str) -> String {
    plan.replace("mode  = \"careful\"", "mode  = \"quick\"")
}

/// Repositories that stay whatever the steps say: so many stories are about them.
const ALWAYS: [&str; 2] = ["rlabs-consent", "agentguard-lib"];

/// Keeps these steps of the worked example, and what they are about: of their gates what needs no step that went, of the
/// repositories those that they name, of the seams those between them. A world of six costs three times what most stories need.
pub(crate) fn only(plan: &str, steps: &[&str]) -> String {
    let mut parts = plan.split("[[step]]");
    let head = parts.next().unwrap_or_default();
    let id = |part: &str| {
        let line = part.lines().find_map(|line| line.strip_prefix("id")).unwrap_or_default();
        line.split('"').nth(1).unwrap_or_default().to_owned()
    };
    let left_out = |line: &&str| !line.contains("{ step =") && !line.contains("{ coverage =");
    let kept = parts.filter(|part| steps.contains(&id(part).as_str()));
    let kept = kept.fold(String::new(), |kept, part| {
        kept + "[[step]]" + &part.lines().filter(left_out).collect::<Vec<_>>().join("\n") + "\n"
    });
    let is_about = |repo: &str| {
        ALWAYS.contains(&repo) || kept.contains(&format!("\"{repo}\"")) || kept.contains(&format!("/{repo}/"))
    };
    let tables = tables(head);
    let gone: Vec<&str> =
        tables.iter().filter_map(|table| named(table, "[[repo]]")).filter(|repo| !is_about(repo)).collect();
    let stays = |table: &&&str| match named(table, "[[repo]]") {
        Some(repo) => !gone.contains(&repo),
        None => {
            !table.starts_with("[[seam]]") || !gone.iter().any(|repo| table.contains(&format!("repo = \"{repo}\"")))
        }
    };
    let head: String = tables.iter().filter(stays).copied().collect();
    let seams = tables.iter().filter(|table| !stays(table)).filter_map(|table| named(table, "[[seam]]"));
    let kept = seams.fold(kept, |kept, seam| kept.replace(&format!(", {{ seam = \"{seam}\" }}"), ""));
    let plan = head + &kept;
    // the order of repositories is told by the steps alone here, and nothing is pinned to what isn't there
    let stays = |line: &&str| {
        let pins_what_went = line.starts_with("repin") && gone.iter().any(|repo| line.contains(&format!("\"{repo}\"")));
        !line.starts_with("depends_on") && !pins_what_went
    };
    plan.lines().filter(stays).fold(String::new(), |plan, line| plan + line + "\n")
}

/// A plan's text, cut before each table.
fn tables(plan: &str) -> Vec<&str> {
    let starts = plan.match_indices("\n[").map(|(at, _)| at + 1);
    let starts: Vec<usize> = std::iter::once(0).chain(starts).chain(std::iter::once(plan.len())).collect();
    starts.windows(2).map(|window| &plan[window[0]..window[1]]).collect()
}

/// The name or id of a table of this kind.
fn named<'a>(table: &'a str, kind: &str) -> Option<&'a str> {
    table.strip_prefix(kind)?.lines().find(|line| line.starts_with("name") || line.starts_with("id"))?.split('"').nth(1)
}
