import type { User } from "./user";
import { VERSION } from "./version";

const BUSY = new Set([429, 502, 503]);
const TRIES = 3;
const PATIENCE_MS = 3_000;

export class Client {
  constructor(
    private readonly base: string,
    private readonly token: string,
  ) {}

  me(): Promise<User> {
    return this.get("/v1/me");
  }

  protected async get<T>(path: string, tries = TRIES): Promise<T> {
    const answer = await fetch(this.base + path, {
      headers: { authorization: `Bearer ${this.token}`, "user-agent": `agentguard-sdk/${VERSION}` },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (BUSY.has(answer.status) && tries > 1) return this.get(path, tries - 1);
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
    return answer.json() as Promise<T>;
  }
}
