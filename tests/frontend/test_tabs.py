"""What is open already: roles that change, tabs that know of each other, and a network that goes and comes back."""

import re

import pytest
from playwright.sync_api import expect

from tests.frontend.guests import AT_ONCE

ROUNDS = 20
#: How long a token is used before it is replaced, in milliseconds: all but the last 20 of its 30 seconds.
A_LIFE = 10_500
#: How long the network is gone, in milliseconds; the access token ends meanwhile.
WITHOUT_NETWORK = 30_000
#: A browser that has neither, as some older ones.
ALONE = "delete Navigator.prototype.locks; delete window.BroadcastChannel;"


@pytest.fixture
def guest(browse):
    """A browser of its own: its clock is moved, and its network is taken away."""
    return browse()


@pytest.fixture
def tabs(guest, ada):
    """Two tabs of one browser, in which Ada is signed in."""
    other = guest.sign_in().another_tab().go("/dashboard").sees("Hello, ada")
    return guest, other


def test_a_role_shows_and_disappears_in_a_page_that_is_open(guest, ada, server, editor, token):
    roles = guest.sign_in().page.get_by_role("region", name="Your roles").get_by_role("listitem")
    expect(roles).to_have_text(["user"])

    server("PUT", f"/api/admin/users/{ada}/roles/editor", token=token)
    expect(roles).to_have_text(["editor", "user"], timeout=AT_ONCE)
    server("DELETE", f"/api/admin/users/{ada}/roles/editor", token=token)
    expect(roles).to_have_text(["user"], timeout=AT_ONCE)


def test_whoever_signs_out_in_one_tab_is_signed_out_in_the_other_at_once(tabs):
    one, other = tabs
    one.press("Sign out")

    other.sees("Sign in", "login", timeout=AT_ONCE)


def test_whoever_signs_in_in_one_tab_is_signed_in_in_the_other_at_once(guest, ada):
    other = guest.another_tab().go("/account/history").sees("Sign in", "login")
    guest.sign_in()

    other.sees("What happened to your account", "account/history", timeout=AT_ONCE)


def test_two_tabs_whose_tokens_end_at_the_same_moment_both_stay(guest, ada, server):
    tabs, clock, answers = in_two_tabs(guest)
    for _ in range(ROUNDS):
        with guest.page.context.expect_event("response", is_refresh):
            clock.fast_forward(A_LIFE)

    assert len(answers) >= ROUNDS and set(answers) == {200}
    assert_both_stay(tabs, server)


def test_two_tabs_that_know_nothing_of_each_other_both_stay(guest, ada, server):
    guest.page.context.add_init_script(ALONE)
    (one, other), clock, answers = in_two_tabs(guest)
    for _ in range(ROUNDS):
        with one.page.expect_response(is_refresh), other.page.expect_response(is_refresh):
            clock.fast_forward(A_LIFE)

    assert len(answers) >= 2 * ROUNDS and set(answers) == {200}
    assert_both_stay((one, other), server)


def test_two_tabs_that_are_reloaded_at_the_same_moment_both_stay(tabs):
    for _ in range(ROUNDS // 4):
        for tab in tabs:
            tab.page.evaluate("setTimeout(() => location.reload())")
        for tab in tabs:
            tab.sees("Hello, ada", "dashboard")


def test_a_page_says_when_the_network_is_lost_and_goes_on_when_it_is_back(guest, ada, server, editor, token):
    clock = guest.page.context.clock
    clock.install()
    roles = guest.sign_in().page.get_by_role("region", name="Your roles").get_by_role("listitem")
    guest.page.context.set_offline(True)
    guest.hears("The server cannot be reached.")
    server("PUT", f"/api/admin/users/{ada}/roles/editor", token=token)
    clock.run_for(WITHOUT_NETWORK)
    guest.hears("The server cannot be reached.")

    guest.page.context.set_offline(False)
    expect(roles).to_have_text(["editor", "user"])
    expect(guest.page.get_by_text("The server cannot be reached.")).to_have_count(0)


def test_a_page_whose_script_cannot_be_had_can_be_loaded_again(guest, ada):
    scripts = re.compile(r"/assets/account-")
    guest.enter().go("/dashboard").sees("Hello, ada").page.route(scripts, lambda route: route.abort())
    guest.follow("Account").sees("There is a problem").follow("Dashboard").sees("Hello, ada").follow("Account")
    guest.sees("There is a problem").page.unroute(scripts)

    guest.press("Load it again").sees("Profile", "account")
    # The browser tells of each script that it did not get.
    guest.complaints.clear()


def test_a_form_that_is_sent_without_a_network_can_be_sent_again(guest, ada):
    guest.go("/login").fill({"Username or e-mail address": "ada", "Password": "a lantern in the harbour"})
    guest.page.context.set_offline(True)
    guest.press("Sign in")
    expect(guest.page.get_by_role("alert")).to_contain_text("The server cannot be reached.")

    guest.page.context.set_offline(False)
    guest.press("Sign in").sees("Hello, ada", "dashboard")


def in_two_tabs(guest):
    """Two tabs in which Ada is signed in, their clock, and the list of what each refresh is answered with from now."""
    context, answers = guest.page.context, []
    context.clock.install()
    tabs = guest.sign_in(), guest.another_tab().go("/dashboard").sees("Hello, ada")
    context.on("response", lambda answer: answers.append(answer.status) if is_refresh(answer) else None)
    return tabs, context.clock, answers


def is_refresh(answer):
    return answer.url.endswith("/api/refresh") and answer.request.method == "POST"


def assert_both_stay(tabs, server):
    for tab in tabs:
        tab.follow("Account").sees("Profile", "account")
    assert server.sql("SELECT count(*) FROM audit_events WHERE action = 'session.reuse_detected'") == [(0,)]
