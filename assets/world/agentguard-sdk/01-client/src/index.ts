export { Client } from "./client";
export { VERSION } from "./version";
export type { User } from "./user";
