import "../i18n/pages.en";

import { Route, Routes } from "react-router";

import { Delete, Email, Profile } from "./profile";
import { Factors } from "./factors";
import { History } from "./history";
import { Password } from "./password";
import { Sessions } from "./sessions";

export function Account() {
  return (
    <Routes>
      <Route index element={<Profile />} />
      <Route path="email" element={<Email />} />
      <Route path="password" element={<Password />} />
      <Route path="factors" element={<Factors />} />
      <Route path="sessions" element={<Sessions />} />
      <Route path="history" element={<History />} />
      <Route path="delete" element={<Delete />} />
    </Routes>
  );
}
