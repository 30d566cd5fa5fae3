/** The words of the API that the console uses. */
import type { components } from "../api/schema";

type Schemas = components["schemas"];

export type User = Schemas["UserOut"];
export type Grant = Schemas["UserOut.WindowOut"];
export type Role = Schemas["RoleOut"];
export type Entry = Schemas["EventsOut.EventOut"];
export type Action = Schemas["EventsQuery.Action"];
export type Outcome = Schemas["OutcomesOut.OutcomeOut"];
export type Explanation = Schemas["ExplanationOut"];
export type Giver = Schemas["ExplanationOut.GiverOut"];

/** The role whose holders may come here. */
export const ADMIN = "admin";
