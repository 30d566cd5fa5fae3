/** The frame of every page, and which page is at which address. */
import { QueryClientProvider } from "@tanstack/react-query";
import { lazy, type ReactNode, Suspense, useEffect, useRef } from "react";
import { BrowserRouter, Link, Navigate, NavLink, Route, Routes, useLocation } from "react-router";

import { leave } from "./api/session";
import { I18nProvider, type Locale, LOCALES, useI18n } from "./i18n";
import { Login } from "./pages/login";
import { farewell, queries, useMe, useReach, useSession } from "./session";
import { Failed, Loading, Page } from "./ui/page";
import { Rescue } from "./ui/rescue";
import { StepUp } from "./ui/step-up";

const Home = lazy(() => import("./pages/home").then((page) => ({ default: page.Home })));
const Register = lazy(() => import("./pages/register").then((page) => ({ default: page.Register })));
const CheckInbox = lazy(() => import("./pages/register").then((page) => ({ default: page.CheckInbox })));
const Confirm = lazy(() => import("./pages/confirm").then((page) => ({ default: page.Confirm })));
const Forgot = lazy(() => import("./pages/forgot").then((page) => ({ default: page.Forgot })));
const Reset = lazy(() => import("./pages/forgot").then((page) => ({ default: page.Reset })));
const Dashboard = lazy(() => import("./pages/dashboard").then((page) => ({ default: page.Dashboard })));
const Withheld = lazy(() => import("./pages/withheld").then((page) => ({ default: page.Withheld })));
const Account = lazy(() => import("./account").then((page) => ({ default: page.Account })));
const Console = lazy(() => import("./console").then((page) => ({ default: page.Console })));

export function App() {
  return (
    <I18nProvider>
      <QueryClientProvider client={queries}>
        <BrowserRouter basename={import.meta.env.BASE_URL}>
          <Frame />
        </BrowserRouter>
      </QueryClientProvider>
    </I18nProvider>
  );
}

function Frame() {
  const { t } = useI18n();
  const isReached = useReach();
  const { pathname } = useLocation();
  useFocusOnNewPages();
  return (
    <>
      <a className="skip" href="#main" onClick={(event) => (event.preventDefault(), document.getElementById("main")?.focus())}>
        {t("app.skip")}
      </a>
      <header className="top">
        <div className="row">
          <Link className="brand" to="/">
            <img src={`${import.meta.env.BASE_URL}lictor.svg`} alt="" width="28" height="28" />
            Lictor
          </Link>
          <Navigation />
        </div>
      </header>
      <div role="status" className="offline">
        {!isReached && <p>{t("app.offline")}</p>}
      </div>
      <Rescue at={pathname} instead={<Broken />}>
        <Suspense fallback={<main id="main" className="card" tabIndex={-1}><Loading /></main>}>
          <Pages />
        </Suspense>
      </Rescue>
      <StepUp />
      <footer className="row">
        <p>{t("app.footer")}</p>
        <Language />
      </footer>
    </>
  );
}

function Pages() {
  return (
    <Routes>
      <Route path="/" element={<Home />} />
      <Route path="/login" element={<Login />} />
      <Route path="/register" element={<Register />} />
      <Route path="/check-inbox" element={<CheckInbox />} />
      <Route path="/confirm" element={<Confirm />} />
      <Route path="/forgot" element={<Forgot />} />
      <Route path="/reset" element={<Reset />} />
      <Route path="/dashboard" element={<SignedIn><Dashboard /></SignedIn>} />
      <Route path="/account/*" element={<SignedIn><Account /></SignedIn>} />
      <Route path="/admin/*" element={<SignedIn role="admin"><Console /></SignedIn>} />
      <Route path="*" element={<Missing />} />
    </Routes>
  );
}

/** A page for whoever is signed in and, where a role is named, holds it now; everyone else is told what to do. */
export function SignedIn({ role, children }: { role?: string; children: ReactNode }) {
  const session = useSession();
  const me = useMe();
  const isReached = useReach();
  const { t } = useI18n();
  const { pathname, search } = useLocation();
  if (session.state === "out" && farewell.said) return <Navigate to="/" replace state={{ said: farewell.said }} />;
  if (session.state === "out") return <Navigate to={`/login?next=${encodeURIComponent(pathname + search)}`} replace />;
  if (me.isError && isReached && !me.data) {
    return <Page title={t("app.problem")}><Failed error={me.error} retry={() => void me.refetch()} /></Page>;
  }
  if (!me.data) return <main id="main" className="card" tabIndex={-1}><Loading /></main>;
  if (role && me.data.withheld?.includes(role)) return <Withheld role={role} />;
  if (role && !me.data.roles?.includes(role)) return <Forbidden role={role} />;
  return children;
}

function Forbidden({ role }: { role: string }) {
  const { t } = useI18n();
  return (
    <Page title={t("forbidden.title")}>
      <p>{t("forbidden.text", { role })}</p>
      <p className="actions">
        <button type="button" className="button" onClick={() => void leave()}>{t("forbidden.switch")}</button>
        <Link className="button quiet" to="/">{t("app.home")}</Link>
      </p>
    </Page>
  );
}

/** The script of a page is asked for once in the life of a document, so another one is needed. */
function Broken() {
  const { t } = useI18n();
  return (
    <Page title={t("app.problem")}>
      <p>{t("app.broken")}</p>
      <p className="actions">
        <button type="button" className="button" onClick={() => window.location.reload()}>{t("app.reload")}</button>
      </p>
    </Page>
  );
}

function Missing() {
  const { t } = useI18n();
  return (
    <Page title={t("missing.title")}>
      <p>{t("missing.text")}</p>
      <p className="actions"><Link className="button quiet" to="/">{t("app.home")}</Link></p>
    </Page>
  );
}

function Navigation() {
  const { t } = useI18n();
  const session = useSession();
  const { data: me } = useMe();
  return (
    <nav aria-label={t("app.nav")}>
      <ul>
        {session.state === "in" && (
          <>
            <li><NavLink to="/dashboard">{t("app.dashboard")}</NavLink></li>
            <li><NavLink to="/account">{t("app.account")}</NavLink></li>
            {me?.roles?.includes("admin") && <li><NavLink to="/admin">{t("app.console")}</NavLink></li>}
            <li><button type="button" className="link" onClick={() => void leave()}>{t("app.signout")}</button></li>
          </>
        )}
        {session.state === "out" && (
          <>
            <li><NavLink to="/login">{t("app.signin")}</NavLink></li>
            <li><NavLink to="/register">{t("app.register")}</NavLink></li>
          </>
        )}
      </ul>
    </nav>
  );
}

function Language() {
  const { t, locale, choose } = useI18n();
  return (
    <label className="language">
      {t("app.language")}{" "}
      <select value={locale} onChange={(event) => choose(event.target.value as Locale)}>
        {Object.entries(LOCALES).map(([code, name]) => (
          <option key={code} value={code} lang={code}>{name}</option>
        ))}
      </select>
    </label>
  );
}

/** Whoever follows a link hears, and reaches by keyboard, the page that it leads to. */
function useFocusOnNewPages(): void {
  const { pathname } = useLocation();
  const isFirst = useRef(true);
  useEffect(() => {
    if (isFirst.current) {
      isFirst.current = false;
      return;
    }
    window.scrollTo(0, 0);
    document.getElementById("main")?.focus({ preventScroll: true });
  }, [pathname]);
}
