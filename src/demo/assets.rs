//! The files of the demo's six repositories, embedded so that the binary needs nothing beside it.
//!
//! The list below is written out: what ships in the binary is what a reviewer reads here. A test compares it with the
//! folder. It knows paths and bytes, and refuses to know what they mean.

macro_rules! embedded {
    ($($path:literal)*) => {
        &[$(($path, include_bytes!(concat!("../../assets/world/", $path)).as_slice())),*]
    };
}

/// Every file below `assets/world`, by its path there.
const FILES: &[(&str, &[u8])] = embedded! {
    "agentguard-lib/01-library/CHANGELOG.md"
    "agentguard-lib/01-library/README.md"
    "agentguard-lib/01-library/agentguard/__init__.py"
    "agentguard-lib/01-library/agentguard/policy.py"
    "agentguard-lib/01-library/bin/build"
    "agentguard-lib/01-library/bin/publish"
    "agentguard-lib/01-library/bin/test"
    "agentguard-lib/01-library/pyproject.toml"
    "agentguard-lib/02-wildcards/CHANGELOG.md"
    "agentguard-lib/02-wildcards/agentguard/__init__.py"
    "agentguard-lib/02-wildcards/agentguard/policy.py"
    "agentguard-lib/02-wildcards/pyproject.toml"
    "agentguard-lib/03-flag/FLAGS"
    "agentguard-lib/03-flag/agentguard/flags.py"
    "agentguard-lib/04-team-policies/agentguard/team.py"
    "agentguard-lib/05-version/CHANGELOG.md"
    "agentguard-lib/05-version/agentguard/__init__.py"
    "agentguard-lib/05-version/pyproject.toml"
    "agentguard-lib/history.toml"
    "agentguard-sdk/01-client/CHANGELOG.md"
    "agentguard-sdk/01-client/README.md"
    "agentguard-sdk/01-client/bin/build"
    "agentguard-sdk/01-client/bin/publish"
    "agentguard-sdk/01-client/bin/test"
    "agentguard-sdk/01-client/package.json"
    "agentguard-sdk/01-client/src/client.ts"
    "agentguard-sdk/01-client/src/index.ts"
    "agentguard-sdk/01-client/src/user.ts"
    "agentguard-sdk/01-client/src/version.ts"
    "agentguard-sdk/02-retries/CHANGELOG.md"
    "agentguard-sdk/02-retries/package.json"
    "agentguard-sdk/02-retries/src/client.ts"
    "agentguard-sdk/02-retries/src/version.ts"
    "agentguard-sdk/03-flag/FLAGS"
    "agentguard-sdk/03-flag/src/flags.ts"
    "agentguard-sdk/04-teams/contract/openapi.json"
    "agentguard-sdk/04-teams/src/index.ts"
    "agentguard-sdk/04-teams/src/team.ts"
    "agentguard-sdk/04-teams/src/teams.ts"
    "agentguard-sdk/05-version/CHANGELOG.md"
    "agentguard-sdk/05-version/package.json"
    "agentguard-sdk/05-version/src/version.ts"
    "agentguard-sdk/06-by-hand/contract/openapi.json"
    "agentguard-sdk/06-by-hand/src/team.ts"
    "agentguard-sdk/history.toml"
    "agentguard-web/01-app/CHANGELOG.md"
    "agentguard-web/01-app/README.md"
    "agentguard-web/01-app/VERSION"
    "agentguard-web/01-app/bin/build"
    "agentguard-web/01-app/bin/test"
    "agentguard-web/01-app/package.json"
    "agentguard-web/01-app/pages/home.html"
    "agentguard-web/01-app/routes.txt"
    "agentguard-web/01-app/src/app.js"
    "agentguard-web/02-settings/CHANGELOG.md"
    "agentguard-web/02-settings/VERSION"
    "agentguard-web/02-settings/package.json"
    "agentguard-web/02-settings/pages/settings.html"
    "agentguard-web/02-settings/routes.txt"
    "agentguard-web/03-flag/FLAGS"
    "agentguard-web/03-flag/src/flags.js"
    "agentguard-web/04-wording/pages/home.html"
    "agentguard-web/05-team-pages/pages/teams.html"
    "agentguard-web/05-team-pages/routes.txt"
    "agentguard-web/05-team-pages/src/teams.js"
    "agentguard-web/06-invite/pages/invite.html"
    "agentguard-web/06-invite/routes.txt"
    "agentguard-web/07-version/CHANGELOG.md"
    "agentguard-web/07-version/VERSION"
    "agentguard-web/07-version/bin/lock"
    "agentguard-web/07-version/package-lock.json"
    "agentguard-web/07-version/package.json"
    "agentguard-web/08-flows/bin/flows"
    "agentguard-web/08-flows/flows.txt"
    "agentguard-web/08-flows/pages/sellers.html"
    "agentguard-web/08-flows/routes.txt"
    "agentguard-web/09-slow-flow/flows.txt"
    "agentguard-web/history.toml"
    "flags.json"
    "platform-api/01-service/CHANGELOG.md"
    "platform-api/01-service/README.md"
    "platform-api/01-service/VERSION"
    "platform-api/01-service/api/__init__.py"
    "platform-api/01-service/api/users.py"
    "platform-api/01-service/bin/build"
    "platform-api/01-service/bin/test"
    "platform-api/01-service/openapi.json"
    "platform-api/02-migrations/CHANGELOG.md"
    "platform-api/02-migrations/VERSION"
    "platform-api/02-migrations/bin/migrate"
    "platform-api/02-migrations/migrations/0001_users.sql"
    "platform-api/02-migrations/openapi.json"
    "platform-api/03-audit/CHANGELOG.md"
    "platform-api/03-audit/VERSION"
    "platform-api/03-audit/api/audit.py"
    "platform-api/03-audit/migrations/0002_audit.sql"
    "platform-api/03-audit/openapi.json"
    "platform-api/04-flag/FLAGS"
    "platform-api/04-flag/api/flags.py"
    "platform-api/05-teams-table/migrations/0003_teams.sql"
    "platform-api/06-teams/api/limits.py"
    "platform-api/06-teams/api/teams.py"
    "platform-api/06-teams/openapi.json"
    "platform-api/07-seats/api/members.py"
    "platform-api/08-version/CHANGELOG.md"
    "platform-api/08-version/VERSION"
    "platform-api/08-version/openapi.json"
    "platform-api/09-review/api/teams.py"
    "platform-api/09-review/openapi.json"
    "platform-api/history.toml"
    "rlabs-consent/01-service/CHANGELOG.md"
    "rlabs-consent/01-service/README.md"
    "rlabs-consent/01-service/VERSION"
    "rlabs-consent/01-service/bin/build"
    "rlabs-consent/01-service/bin/test"
    "rlabs-consent/01-service/consent/__init__.py"
    "rlabs-consent/01-service/consent/app.py"
    "rlabs-consent/01-service/consent/scopes.py"
    "rlabs-consent/01-service/consent/store.py"
    "rlabs-consent/01-service/policies/default.yaml"
    "rlabs-consent/02-retention/CHANGELOG.md"
    "rlabs-consent/02-retention/VERSION"
    "rlabs-consent/02-retention/consent/retention.py"
    "rlabs-consent/03-flag/FLAGS"
    "rlabs-consent/03-flag/consent/flags.py"
    "rlabs-consent/04-team-scope/consent/scopes.py"
    "rlabs-consent/04-team-scope/consent/team_scope.py"
    "rlabs-consent/04-team-scope/policies/team.yaml"
    "rlabs-consent/05-version/CHANGELOG.md"
    "rlabs-consent/05-version/VERSION"
    "rlabs-consent/history.toml"
    "rlabs-notifier/01-service/CHANGELOG.md"
    "rlabs-notifier/01-service/README.md"
    "rlabs-notifier/01-service/VERSION"
    "rlabs-notifier/01-service/bin/build"
    "rlabs-notifier/01-service/bin/deploy"
    "rlabs-notifier/01-service/bin/deployed"
    "rlabs-notifier/01-service/bin/test"
    "rlabs-notifier/01-service/contract/openapi.json"
    "rlabs-notifier/01-service/notifier/__init__.py"
    "rlabs-notifier/01-service/notifier/send.py"
    "rlabs-notifier/01-service/templates/welcome.txt.j2"
    "rlabs-notifier/02-digest/CHANGELOG.md"
    "rlabs-notifier/02-digest/VERSION"
    "rlabs-notifier/02-digest/notifier/digest.py"
    "rlabs-notifier/02-digest/templates/digest.txt.j2"
    "rlabs-notifier/03-flag/FLAGS"
    "rlabs-notifier/03-flag/notifier/flags.py"
    "rlabs-notifier/04-contract/contract/openapi.json"
    "rlabs-notifier/05-team-mails/notifier/teams.py"
    "rlabs-notifier/05-team-mails/templates/team-invitation.txt.j2"
    "rlabs-notifier/05-team-mails/templates/team-renewal.txt.j2"
    "rlabs-notifier/06-version/CHANGELOG.md"
    "rlabs-notifier/06-version/VERSION"
    "rlabs-notifier/history.toml"
    "shared/.gitignore"
    "shared/bin/checks.sh"
    "shared/bin/registry"
    "shared/hooks/post-receive"
    "shared/hooks/pre-receive"
};

/// The bytes of one file.
pub(super) fn file(path: &str) -> Option<&'static [u8]> {
    FILES.iter().find(|(known, _)| *known == path).map(|(_, bytes)| *bytes)
}

/// Every file below a folder, by its path in that folder.
pub(super) fn folder(path: &str) -> impl Iterator<Item = (&'static str, &'static [u8])> {
    FILES.iter().filter_map(move |(known, bytes)| {
        known.strip_prefix(path).and_then(|rest| rest.strip_prefix('/')).map(|rest| (rest, *bytes))
    })
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;

    fn on_disk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { on_disk(&path, found) } else { found.push(path) }
        }
    }

    #[test]
    fn what_is_embedded_is_what_lies_in_the_folder() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/world");
        let mut found = Vec::new();
        on_disk(&root, &mut found);
        let mut found: Vec<_> = found.iter().map(|p| p.strip_prefix(&root).unwrap().to_str().unwrap()).collect();
        found.sort_unstable();
        let embedded: Vec<_> = FILES.iter().map(|(path, _)| *path).collect();
        assert_eq!(embedded, found);
    }

    #[test]
    fn a_folder_is_not_its_namesake() {
        assert!(folder("agentguard-lib/01-lib").next().is_none());
        assert!(folder("agentguard-lib/01-library").any(|(path, _)| path == "bin/test"));
    }
}
