//! Work trees: a clean one at a named commit to run commands in, and the fast-forward of one that is the user's own.

use std::ffi::OsStr;
use std::path::Path;

use super::{Git, GitFault, Hooks, Place, success};
use crate::plan::Sha;
use crate::port::process::{self, Launch};

impl Git {
    /// Adds a worktree at a commit, on no branch. The path must not exist, or be empty.
    pub async fn worktree_add(&self, place: &Place, path: &Path, sha: &Sha) -> Result<(), GitFault> {
        // one that was lost with its folder is still registered, and would be in the way
        self.run(place, Hooks::Off, &["worktree", "prune"]).await?;
        // twice: one that died half made is registered, locked and gone
        let options = ["worktree", "add", "--force", "--force", "--quiet", "--detach", "--"].map(OsStr::new);
        let arguments = [options.as_slice(), &[path.as_os_str(), OsStr::new(sha.as_str())]].concat();
        self.run(place, Hooks::Off, &arguments).await.map(drop)
    }

    /// Removes such a worktree with all that was built in it; one that is gone is content.
    pub async fn worktree_remove(&self, place: &Place, path: &Path) -> Result<(), GitFault> {
        if path.exists() {
            let options = ["worktree", "remove", "--force", "--force", "--"].map(OsStr::new);
            self.run(place, Hooks::Off, &[options.as_slice(), &[path.as_os_str()]].concat()).await?;
        }
        self.run(place, Hooks::Off, &["worktree", "prune"]).await.map(drop)
    }

    /// The fast-forward of the branch that is checked out here, to be started by the caller, with the user's own hooks. Local
    /// changes in the way stop it, and are left as they are.
    pub fn merge_ff_only_launch(&self, work_tree: &Path, sha: &Sha) -> Launch {
        let place = Place::WorkTree(work_tree.to_owned());
        let arguments = ["merge", "--ff-only", "--no-autostash", "--no-stat", "--quiet", "--", sha.as_str()];
        self.launch(&place, Hooks::Users, &arguments)
    }

    /// Fast-forwards the branch that is checked out here.
    pub async fn merge_ff_only(&self, work_tree: &Path, sha: &Sha) -> Result<(), GitFault> {
        let launch = self.merge_ff_only_launch(work_tree, sha);
        success(process::run(launch, self.orders.clone()).await?, self.patience).map(drop)
    }
}
