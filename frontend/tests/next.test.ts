import { expect, it } from "vitest";

import { pathOfOurs } from "../src/next";

const FOREIGN = [
  "https://evil.test/", "HTTPS://evil.test", "//evil.test", "///evil.test", "/\\evil.test", "\\\\evil.test", "\\/evil.test",
  "/\t/evil.test", "/\n/evil.test", "\t//evil.test", " //evil.test", "/ /evil.test", "/\u0000/evil.test", "/a\\..\\..\\b",
  "javascript:alert(1)", "data:text/html,x", "evil.test", "account", "?next=/", "#x", "@evil.test", "/%5c\\evil.test",
  "/é", "/\u202e/evil", "／／evil.test", "/／evil.test", "", `/${"a".repeat(2000)}`,
];

it.each(FOREIGN)("leads nowhere by %j", (spelling) => {
  expect(pathOfOurs(spelling)).toBeNull();
});

it("leads nowhere where nothing is given", () => {
  expect(pathOfOurs(null)).toBeNull();
});

it.each(["/", "/account", "/account/sessions?page=2", "/admin/users?q=a%20b#top", "/a//b", "/@ada", "/a:b"])(
  "leads to %j",
  (path) => {
    expect(pathOfOurs(path)).toBe(path);
  },
);
