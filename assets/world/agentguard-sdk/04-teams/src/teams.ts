import { Client } from "./client";
import { type FlagState, TEAM_TIER, state } from "./flags";
import type { Team } from "./team";

/** Teams, once the tier is on for this user. */
export class Teams extends Client {
  async teams(flags: Record<string, { state: FlagState }>): Promise<Team[]> {
    if (state(flags, TEAM_TIER) === "off") return [];
    return this.get("/v1/teams");
  }
}
