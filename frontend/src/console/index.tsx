/** The console of administrators: people, roles, and what happened. */
import "../i18n/console.en";
import "../styles/console.css";

import { Navigate, Route, Routes } from "react-router";

import { Events } from "./events";
import { NewUser } from "./new-user";
import { Missing } from "./page";
import { RolePages } from "./role";
import { Roles } from "./roles";
import { ToastProvider } from "./toast";
import { UserPages } from "./user";
import { Users } from "./users";

export function Console() {
  return (
    <ToastProvider>
      <Routes>
        <Route index element={<Navigate to="/admin/users" replace />} />
        <Route path="users" element={<Users />} />
        <Route path="new-user" element={<NewUser />} />
        <Route path="users/:id/*" element={<UserPages />} />
        <Route path="roles" element={<Roles />} />
        <Route path="roles/:name/*" element={<RolePages />} />
        <Route path="events" element={<Events />} />
        <Route path="*" element={<Missing />} />
      </Routes>
    </ToastProvider>
  );
}
