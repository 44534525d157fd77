import type { User } from "./user";
import { VERSION } from "./version";

export class Client {
  constructor(
    private readonly base: string,
    private readonly token: string,
  ) {}

  me(): Promise<User> {
    return this.get("/v1/me");
  }

  protected async get<T>(path: string): Promise<T> {
    const answer = await fetch(this.base + path, {
      headers: { authorization: `Bearer ${this.token}`, "user-agent": `agentguard-sdk/${VERSION}` },
    });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
    return answer.json() as Promise<T>;
  }
}
