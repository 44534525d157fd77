//! Where the files lie that tell of a change, and which paths mean one. Looks at folders and at git's two link files only.

use std::path::{Path, PathBuf};

use super::{Reach, Target};

/// Files of a git folder that tell where a repository stands.
const TELLING: [&str; 13] = [
    "HEAD",
    "index",
    "packed-refs",
    "refs",
    "config",
    "commondir",
    "MERGE_HEAD",
    "CHERRY_PICK_HEAD",
    "REVERT_HEAD",
    "BISECT_LOG",
    "rebase-merge",
    "rebase-apply",
    "sequencer",
];

/// What a changed path means for a target.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Relevance {
    /// Nothing.
    #[default]
    None,
    /// It is to be read again.
    Content,
    /// It is to be read again, and perhaps lies elsewhere now.
    Layout,
}

/// Where a target lies at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Layout {
    /// The path itself, and where its links lead.
    names: Vec<PathBuf>,
    /// The nearest folders above that exist.
    above: Vec<PathBuf>,
    git: Option<GitFolders>,
    /// The repository's folder while it holds no repository.
    waiting: Option<PathBuf>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct GitFolders {
    own: PathBuf,
    common: PathBuf,
    refs: Option<PathBuf>,
}

impl Layout {
    pub(super) fn of(target: &Target) -> Self {
        let (Target::Repo(path) | Target::File(path)) = target;
        let mut layout = Self { names: vec![resolved(path)], ..Self::default() };
        if let Ok(real) = path.canonicalize()
            && !layout.names.contains(&real)
        {
            layout.names.push(real);
        }
        layout.above = layout.names.iter().filter_map(|name| nearest(name)).collect();
        match target {
            Target::File(_) => {}
            Target::Repo(path) => {
                layout.git = git_folders(path);
                if layout.git.is_none() && path.is_dir() {
                    layout.waiting = path.canonicalize().ok();
                }
            }
        }
        layout
    }

    /// The folders to watch.
    pub(super) fn folders(&self) -> impl Iterator<Item = (&Path, Reach)> {
        let above = self.above.iter().chain(&self.waiting).map(|folder| (folder.as_path(), Reach::Itself));
        let git = self.git.iter().flat_map(|git| {
            let refs = git.refs.as_deref().map(|refs| (refs, Reach::Below));
            [Some((git.own.as_path(), Reach::Itself)), Some((git.common.as_path(), Reach::Itself)), refs]
        });
        above.chain(git.flatten())
    }

    pub(super) fn relevance(&self, path: &Path) -> Relevance {
        if let Some(git) = &self.git {
            if path == git.own || path == git.common || git.refs.as_deref() == Some(path) {
                return Relevance::Layout;
            }
            if git.refs.as_ref().is_some_and(|refs| path.starts_with(refs)) {
                return Relevance::Content;
            }
            if path.parent().is_some_and(|folder| folder == git.own || folder == git.common) {
                return telling(path);
            }
        }
        let is_waited_for = self.waiting.as_deref().is_some_and(|folder| path.parent() == Some(folder));
        if is_waited_for || self.names.iter().any(|name| name.starts_with(path)) {
            return Relevance::Layout;
        }
        Relevance::None
    }
}

/// Lock files come and go with every write; what they guard is told by itself.
pub(super) fn is_noise(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "lock")
}

fn telling(path: &Path) -> Relevance {
    match path.file_name().and_then(|name| name.to_str()) {
        // it appears late in a clone
        Some("refs" | "commondir") => Relevance::Layout,
        Some(name) if TELLING.contains(&name) => Relevance::Content,
        Some(_) | None => Relevance::None,
    }
}

/// The path with the links of what exists above it followed, as the system's events name it.
fn resolved(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let Some(above) = nearest(&path) else { return path };
    match (above.canonicalize(), path.strip_prefix(&above)) {
        (Ok(real), Ok(rest)) => real.join(rest),
        (Ok(_), Err(_)) | (Err(_), _) => path,
    }
}

fn nearest(path: &Path) -> Option<PathBuf> {
    path.ancestors().skip(1).find(|folder| folder.is_dir()).map(Path::to_owned)
}

/// gitrepository-layout(5): `.git` is a folder, or a file that names one; `commondir` names the one that is shared.
fn git_folders(path: &Path) -> Option<GitFolders> {
    let dot = path.join(".git");
    let own = if dot.is_dir() {
        dot
    } else if let Ok(link) = std::fs::read_to_string(&dot) {
        path.join(link.strip_prefix("gitdir:")?.trim())
    } else if path.join("objects").is_dir() && path.join("HEAD").is_file() {
        path.to_owned()
    } else {
        return None;
    };
    let common = match std::fs::read_to_string(own.join("commondir")) {
        Ok(link) => own.join(link.trim()),
        Err(_) => own.clone(),
    };
    let (own, common) = (own.canonicalize().ok()?, common.canonicalize().ok()?);
    let refs = Some(common.join("refs")).filter(|refs| refs.is_dir());
    Some(GitFolders { own, common, refs })
}
