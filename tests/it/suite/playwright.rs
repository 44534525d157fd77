//! A real Playwright in a real browser: each way in which a run can fail to prove a flow, then one that proves it.

use super::web_app::{UP, WebApp};
use crate::common::release::Release as _;
use crate::common::tools::{on_path, or_leave_out, tool};

const SUITE: &str = "[[step]]\nid = \"e2e\"\nstage = \"s\"\ntitle = \"End to end\"\ntimeout = \"20m\"\n\
    smoke = { suite = { playwright = [\"bin/e2e\"], repo = \"web\", required = [\"a seller invites\", \"flow-7\"] } }\n";

const CONFIG: &str = "module.exports = { testDir: 'e2e', workers: 1, retries: 1, reporter: 'line', timeout: 200000,
    use: { launchOptions: { executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] } } };\n";

/// The mode says how the flow goes today.
const SPEC: &str = "const { test, expect } = require('@playwright/test');
const mode = require('fs').readFileSync('AT/mode', 'utf8');
test.describe('teams @team', () => {
  if (mode !== 'absent') test('a seller invites @seller', async ({ page }, info) => {
    test.skip(mode === 'skipped', 'not today');
    if (mode === 'killed') await new Promise(() => {});
    if (mode === 'flaky') expect(info.retry).toBe(1);
    await page.goto('APP/up');
    await expect(page.locator('body')).toHaveText(mode === 'failed' ? 'down' : 'up', { timeout: 5000 });
  });
  test('by link', { tag: '@invite', annotation: { type: 'checklist', description: 'flow-7' } }, async () => {});
});\n";

fn modules() -> Result<String, String> {
    tool("playwright/node_modules/@playwright/test")?;
    on_path("chromium")?;
    Ok(tool("playwright/node_modules")?.to_string_lossy().into_owned())
}

#[test]
fn only_a_run_in_which_each_flow_passes_lets_the_release_go_on() {
    let Some(modules) = or_leave_out("the story in a browser", modules()) else { return };
    let script = format!(
        "#!/bin/sh\nln -sfn {modules} node_modules\nset -- test \"$@\"\n[ \"$(cat AT/mode)\" = none ] && set -- \"$@\" nosuchfile\n\
         [ \"$(cat AT/mode)\" = killed ] && exec timeout -s KILL 6 node_modules/.bin/playwright \"$@\"\n\
         exec node_modules/.bin/playwright \"$@\"\n"
    );
    let files = [("playwright.config.js", CONFIG), ("e2e/teams.spec.js", SPEC), ("bin/e2e", script.as_str())];
    let tables = format!(
        "[coverage]\ndimensions = [\"team\", \"seller\", \"invite\"]\nexcept = [[\"seller\", \"invite\"]]\n{SUITE}{UP}gates = [{{ coverage = true }}]\n"
    );
    let app = WebApp::frozen(&tables, &files);
    let flow = |verdict: &str| vec![format!("a seller invites \"{verdict}\""), "flow-7 \"passed\"".to_owned()];
    for (mode, flows, words) in [
        ("none", None, "Error: No tests found"),
        ("killed", None, "it wrote no report"),
        ("absent", Some(flow("absent")), "a seller invites: absent"),
        ("skipped", Some(flow("skipped")), "a seller invites: skipped (not today)"),
        ("flaky", Some(flow("flaky")), "a seller invites: flaky (it passed at try 2"),
        (
            "failed",
            Some(flow("failed")),
            "a seller invites: failed (Error: expect(locator).toHaveText(expected) failed",
        ),
    ] {
        app.write("mode", mode);
        let said = if mode == "none" { app.ship().exits(1) } else { app.resume().exits(1) };
        assert!(said.stdout.contains(words), "{mode}: no {words:?}: {}", said.all());
        if let Some(flows) = flows {
            assert_eq!(app.flows("e2e"), flows, "{mode}");
        }
        assert_eq!(app.step("e2e")["suite"]["good"], false, "{mode}");
    }
    app.write("mode", "passed");
    app.resume().exits(0);
    assert_eq!(app.flows("e2e"), flow("passed"));
    let suite = &app.step("e2e")["suite"];
    assert_eq!((&suite["good"], &suite["counts"]["passed"]), (&true.into(), &2.into()));
    assert_eq!(app.status()["coverage"]["covered"], 2);
    app.verify();
}
