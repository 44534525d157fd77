export interface Team {
  id: string;
  name: string;
  plan: "team" | "organisation";
  seats: number;
  owner_email: string;
}
