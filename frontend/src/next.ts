/** Where somebody was going when they were asked to sign in: a path of this app, or nowhere. */
export function pathOfOurs(next: string | null): string | null {
  const isPath = next !== null && next.length <= 2000 && /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(next);
  return isPath && new URL(next, location.origin).origin === location.origin ? next : null;
}
