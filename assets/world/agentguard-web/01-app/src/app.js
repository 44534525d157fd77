import { Client } from "@agentguard/sdk";

export async function fill(page, client = new Client("/api", sessionStorage.token)) {
  const user = await client.me();
  for (const spot of page.querySelectorAll("[data-field^='user.']")) {
    spot.textContent = user[spot.dataset.field.slice("user.".length)];
  }
}
