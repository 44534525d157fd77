import { Teams } from "@agentguard/sdk";
import { TEAM_TIER, state } from "./flags.js";

export async function fill(page, flags, teams = new Teams("/api", sessionStorage.token)) {
  if (state(flags, TEAM_TIER) === "off") return false;
  const [team] = await teams.teams(flags);
  for (const spot of page.querySelectorAll("[data-field^='team.']")) {
    spot.textContent = team[spot.dataset.field.slice("team.".length)];
  }
  return true;
}
