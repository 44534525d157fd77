//! What a lock command prints while the version isn't everywhere yet: only then is it worth trying again.

/// What the ecosystems' tools say of a version that they can't find.
const NOT_THERE: [&str; 23] = [
    "notarget",
    "no matching version found",
    "err_pnpm_no_matching_version",
    "err_pnpm_fetch_404",
    "e404",
    "404 not found",
    "couldn't find any versions for",
    "couldn't find package",
    "no candidates found",
    "yn0035",
    "is not in the npm registry",
    "there are no versions of",
    "there is no version of",
    "was not found in the package registry",
    "could not find a version that satisfies",
    "no matching distribution found",
    "doesn't match any versions",
    "could not find a matching version",
    "failed to select a version for the requirement",
    "no matching package named",
    "no matching package found",
    "could not find gem",
    "could not find compatible versions",
];

/// Whether a lock command failed because it doesn't find one of these packages.
pub fn is_not_there_yet<'a>(output: &str, mut packages: impl Iterator<Item = &'a str>) -> bool {
    // tools break their lines as they like
    let output = output.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let named = packages.any(|name| output.contains(&name.to_lowercase()));
    named && NOT_THERE.iter().any(|words| output.contains(words))
}

#[cfg(test)]
mod tests {
    use super::is_not_there_yet;

    /// The last lines of real tools, each asked for a version or a package that isn't there.
    const REAL: [&str; 13] = [
        "npm error code ETARGET\nnpm error notarget No matching version found for sdk@7.0.99.",
        "npm error code E404\nnpm error 404 Not Found - GET http://127.0.0.1:1/sdk",
        "No matching version found for sdk@7.0.99 while fetching it\nThe latest release of sdk is \"7.0.0\".",
        "sdk is not in the npm registry, or you have no permission to fetch it.",
        "error Couldn't find any versions for \"sdk\" that matches \"7.0.99\"",
        "error Couldn't find package \"sdk\" on the \"npm\" registry.",
        "➤ YN0082: │ sdk@npm:7.0.99: No candidates found",
        "➤ YN0035: │   Request URL: http://127.0.0.1:1/sdk",
        "  × No solution found when resolving dependencies:\n  ╰─▶ Because there is no version\n      of sdk==99.7 and your project depends on sdk==99.7",
        "Because sdk was not found in the package registry and your project depends on sdk==1.0",
        "pip._internal.exceptions.DistributionNotFound: No matching distribution found for sdk==99.7",
        "error: failed to select a version for the requirement `sdk = \"=99.0.0\"`",
        "error: no matching package named `sdk` found",
    ];

    #[test]
    fn only_a_missing_version_is_worth_another_try() {
        for output in REAL {
            assert!(is_not_there_yet(output, ["other", "sdk"].into_iter()), "{output}");
            assert!(!is_not_there_yet(output, std::iter::once("another")), "{output}");
        }
        for output in ["npm error code E401\nsdk", "error: sdk: invalid peer certificate", "syntax error near sdk"] {
            assert!(!is_not_there_yet(output, std::iter::once("sdk")), "{output}");
        }
    }
}
