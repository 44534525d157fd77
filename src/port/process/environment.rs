//! What a child sees of the user's environment: a small base and the secrets its repository names. Reads no environment
//! itself: the map is handed in.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use super::redact::Secrets;

const BASE: [&str; 7] = ["PATH", "HOME", "LANG", "TMPDIR", "USER", "LOGNAME", "SSH_AUTH_SOCK"];
const PREFIXES: [&str; 2] = ["LC_", "XDG_"];
/// Where tool chains live and which configuration their clients read: without these a child would find another one than the
/// user's. Written as their owners write them; the lowercase ones as well.
const TOOLS: [&str; 59] = [
    "ALL_PROXY",
    "ASDF_DATA_DIR",
    "ASDF_DIR",
    "BUNDLE_APP_CONFIG",
    "BUNDLE_USER_CONFIG",
    "BUNDLE_USER_HOME",
    "CARGO_HOME",
    "CARGO_REGISTRY_DEFAULT",
    "CONDA_PREFIX",
    "COREPACK_HOME",
    "CURL_CA_BUNDLE",
    "FNM_DIR",
    "GEM_HOME",
    "GEM_PATH",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "MISE_CONFIG_DIR",
    "MISE_DATA_DIR",
    "NETRC",
    "NODE_EXTRA_CA_CERTS",
    "NO_PROXY",
    "NPM_CONFIG_CACHE",
    "NPM_CONFIG_GLOBALCONFIG",
    "NPM_CONFIG_PREFIX",
    "NPM_CONFIG_REGISTRY",
    "NPM_CONFIG_USERCONFIG",
    "NVM_BIN",
    "NVM_DIR",
    "PIP_CACHE_DIR",
    "PIP_CERT",
    "PIP_CONFIG_FILE",
    "PIP_EXTRA_INDEX_URL",
    "PIP_INDEX_URL",
    "PNPM_HOME",
    "PYENV_ROOT",
    "PYENV_VERSION",
    "RBENV_ROOT",
    "RBENV_VERSION",
    "REQUESTS_CA_BUNDLE",
    "RUBYGEMS_HOST",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "TWINE_CERT",
    "TWINE_REPOSITORY",
    "TWINE_REPOSITORY_URL",
    "UV_CACHE_DIR",
    "UV_CONFIG_FILE",
    "UV_DEFAULT_INDEX",
    "UV_EXTRA_INDEX_URL",
    "UV_INDEX",
    "UV_INDEX_URL",
    "UV_PUBLISH_URL",
    "UV_PYTHON",
    "UV_PYTHON_INSTALL_DIR",
    "UV_SYSTEM_CERTS",
    "VIRTUAL_ENV",
    "VOLTA_HOME",
];

/// A complete environment of a child.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment(BTreeMap<OsString, OsString>);

impl Environment {
    /// The base every command sees, out of the user's own environment: `PATH`, `HOME`, the locale, `TMPDIR`, the user's
    /// names, the ssh agent, the XDG folders, and where tool chains and their clients' configurations are. An address with
    /// a password in it is a secret, and has to be named as one.
    pub fn base(user: &BTreeMap<OsString, OsString>) -> Self {
        let kept = user.iter().filter(|(name, value)| {
            let Some(name) = name.to_str() else { return false };
            let is_base = BASE.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix));
            is_base || (is_of_a_tool(name) && !holds_password(value))
        });
        Self(kept.map(|(name, value)| (name.clone(), value.clone())).collect())
    }

    /// The base and the named secrets, with what must be cut out of the output. A secret that isn't set is returned by
    /// name, so that the caller can refuse.
    pub fn with_secrets(user: &BTreeMap<OsString, OsString>, names: &[String]) -> (Self, Secrets, Vec<String>) {
        let mut environment = Self::base(user);
        let mut values = Vec::new();
        let mut missing = Vec::new();
        for name in names {
            if let Some(value) = user.get(OsStr::new(name)) {
                environment.set(name, value);
                values.push(value.clone());
            } else {
                missing.push(name.clone());
            }
        }
        (environment, Secrets::new(&values), missing)
    }

    /// Sets one more variable.
    pub fn set(&mut self, name: impl Into<OsString>, value: impl Into<OsString>) {
        self.0.insert(name.into(), value.into());
    }

    /// All variables, in the order of their names.
    pub fn variables(&self) -> &BTreeMap<OsString, OsString> {
        &self.0
    }
}

/// Written all in capitals or all in small letters.
fn is_of_a_tool(name: &str) -> bool {
    let capitals = name.to_ascii_uppercase();
    // cargo's registries have names, their tokens stand beside
    let index = name.starts_with("CARGO_REGISTRIES_") && name.ends_with("_INDEX");
    index || ((name == capitals || name == name.to_ascii_lowercase()) && TOOLS.contains(&capitals.as_str()))
}

/// Whether an address among these has something before its host. Rather too often than not.
fn holds_password(value: &OsStr) -> bool {
    let value = value.to_string_lossy();
    value.contains("://") && value.contains('@')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_sees_the_base_and_its_named_secrets_alone() {
        let all = ["PATH", "HOME", "LC_ALL", "XDG_STATE_HOME", "GIT_DIR", "AWS_SECRET", "NPM_TOKEN"];
        let user = all.iter().map(|name| (OsString::from(name), OsString::from(format!("value of {name}")))).collect();
        let (environment, secrets, missing) =
            Environment::with_secrets(&user, &["NPM_TOKEN".to_owned(), "PYPI_TOKEN".to_owned()]);
        let names: Vec<_> = environment.variables().keys().filter_map(|name| name.to_str()).collect();
        assert_eq!(names, ["HOME", "LC_ALL", "NPM_TOKEN", "PATH", "XDG_STATE_HOME"]);
        assert_eq!(missing, ["PYPI_TOKEN"]);
        assert_eq!(secrets.redact(b"it is value of NPM_TOKEN"), b"it is [secret]");
    }

    #[test]
    fn a_child_finds_the_users_tools_but_no_password_of_theirs() {
        let set = [
            ("PYENV_ROOT", "/home/ada/.pyenv"),
            ("npm_config_userconfig", "/home/ada/work.npmrc"),
            ("PIP_INDEX_URL", "https://ada:s3cret@packages.example.com/simple"),
            ("UV_INDEX_URL", "https://packages.example.com/simple"),
            ("https_proxy", "http://ada:s3cret@127.0.0.1:3128"),
            ("Pip_Cert", "/etc/ssl/ca.crt"),
            ("CARGO_REGISTRIES_OURS_INDEX", "sparse+https://packages.example.com/index/"),
            ("CARGO_REGISTRIES_OURS_TOKEN", "s3cret"),
            ("PIP_PASSWORD", "s3cret"),
            ("UV_PUBLISH_TOKEN", "s3cret"),
            ("TWINE_PASSWORD", "s3cret"),
        ];
        let user = set.into_iter().map(|(name, value)| (OsString::from(name), OsString::from(value))).collect();
        let (environment, _, _) = Environment::with_secrets(&user, &[]);
        let names: Vec<_> = environment.variables().keys().filter_map(|name| name.to_str()).collect();
        assert_eq!(names, ["CARGO_REGISTRIES_OURS_INDEX", "PYENV_ROOT", "UV_INDEX_URL", "npm_config_userconfig"]);
        let (environment, secrets, _) = Environment::with_secrets(&user, &["PIP_INDEX_URL".to_owned()]);
        assert!(environment.variables().contains_key(OsStr::new("PIP_INDEX_URL")));
        let told = secrets.redact(b"asking https://ada:s3cret@packages.example.com/simple");
        assert_eq!(told, b"asking [secret]");
    }
}
