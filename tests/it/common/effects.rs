//! The effects of a demo world: each leaves a line where it reaches the outside, and waits before and after where a story wants
//! it to.

use std::fs;

use super::demo::Demo;
use super::scratch::write_program;
use super::waiting::within_patience;

/// Rewrites the world's scripts so.
pub(super) fn count(demo: &Demo) {
    let world = demo.dir();
    let at = world.display();
    let wait = format!(
        "wait_at() {{ if [ -e '{at}/hold-'$1 ]; then : > '{at}/at-'$1; while [ -e '{at}/hold-'$1 ]; do sleep 0.02; done; fi; }}"
    );
    for repo in ["rlabs-consent", "platform-api", "agentguard-web"] {
        let hooks = world.join("deploy").join(format!("{repo}.git/hooks"));
        for (hook, before, after) in [
            ("pre-receive", format!("wait_at before-{repo}"), String::new()),
            ("post-receive", format!("echo 'deploy {repo}' >> '{at}/effects.log'"), format!("wait_at after-{repo}")),
        ] {
            let inner = hooks.join(format!("{hook}.inner"));
            fs::rename(hooks.join(hook), &inner).unwrap();
            let script = format!("#!/bin/sh\n{wait}\n{before}\n'{}' || exit 1\n{after}\nexit 0\n", inner.display());
            write_program(&hooks.join(hook), &script);
        }
    }
    let registry = world.join("bin/registry");
    let inner = world.join("bin/registry.inner");
    fs::rename(&registry, &inner).unwrap();
    let script = format!(
        "#!/bin/sh\n{wait}\n[ \"$1\" = push ] || exec '{0}' \"$@\"\nwait_at before-push\n'{0}' \"$@\" || exit $?\necho \"publish $2\" >> '{at}/effects.log'\nwait_at after-push\n",
        inner.display()
    );
    write_program(&registry, &script);
    let script = format!(
        "#!/bin/sh\n{wait}\nwait_at before-migrate\nbin/migrate || exit $?\necho migrate >> '{at}/effects.log'\nwait_at after-migrate\n"
    );
    write_program(&world.join("bin/migrate-counted"), &script);
    let plan = fs::read_to_string(demo.plan()).unwrap();
    let counted = format!("command = [\"{at}/bin/migrate-counted\"], probe = [\"bin/migrate\", \"--status\"]");
    let plan = plan.replace("command = [\"bin/migrate\"], probe = [\"bin/migrate\", \"--status\"]", &counted);
    fs::write(demo.plan(), plan).unwrap();
}

impl Demo {
    /// Every effect that reached the outside, one line each.
    pub(crate) fn effects(&self) -> Vec<String> {
        let text = fs::read_to_string(self.file("effects.log")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Makes whatever passes this point of the world wait.
    pub(crate) fn hold_at(&self, point: &str) {
        self.write(&format!("hold-{point}"), "");
    }

    pub(crate) fn let_pass(&self, point: &str) {
        // a story may let pass what nobody held
        let _ = fs::remove_file(self.file(&format!("hold-{point}")));
    }

    /// Waits until somebody waits at this point.
    #[track_caller]
    pub(crate) fn reached(&self, point: &str) {
        let at = self.file(&format!("at-{point}"));
        assert!(within_patience(|| at.exists()), "nothing reached {point}");
    }
}
