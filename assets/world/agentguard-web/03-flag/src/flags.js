export const TEAM_TIER = "m3_team_org_tier";

/** The flag's state. A key that isn't there throws: no value isn't off. */
export function state(flags, key) {
  if (!(key in flags)) throw new Error(`no flag ${key}`);
  return flags[key].state;
}
