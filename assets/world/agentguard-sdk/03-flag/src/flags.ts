export type FlagState = "off" | "beta" | "on";

export const TEAM_TIER = "m3_team_org_tier";

/** The flag's state. A key that isn't there throws: no value isn't off. */
export function state(flags: Record<string, { state: FlagState }>, key: string): FlagState {
  const flag = flags[key];
  if (!flag) throw new Error(`no flag ${key}`);
  return flag.state;
}
