export { Client } from "./client";
export { Teams } from "./teams";
export { VERSION } from "./version";
export type { Team } from "./team";
export type { User } from "./user";
