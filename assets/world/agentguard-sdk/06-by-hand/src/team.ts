export interface Team {
  id: string;
  name: string;
  plan: "team" | "organisation";
  seat_limit: number;
  owner_email: string;
  renews_on: string;
}
