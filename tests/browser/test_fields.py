"""Fields: their labels, what browsers and password managers put into them, and what scripts add."""

import pytest
from playwright.sync_api import expect

from tests.browser.states import STATES

CAPS = """(on) => document.activeElement.dispatchEvent(
  new KeyboardEvent("keyup", { key: "a", modifierCapsLock: on, bubbles: true }))"""

COUNT = """window.sent = 0, addEventListener("submit", (event) => {
  sent += !event.defaultPrevented;
  event.preventDefault();
})"""
INLINE = "document.head.append(Object.assign(document.createElement('script'), { text: 'window.here = 1' }))"


@pytest.mark.parametrize(
    ("state", "tokens"),
    [
        ("login", {"Username or e-mail address": "username webauthn", "Password": "current-password"}),
        ("register", {"Username": "username", "E-mail address": "email", "Password": "new-password"}),
        ("check-inbox-stranger", {"E-mail address": "email"}),
        ("forgot", {"E-mail address": "email"}),
        ("reset", {"New password": "new-password"}),
        ("account", {"Username": "username"}),
        ("email", {"New e-mail address": "email", "Current password": "current-password"}),
        ("password", {"Current password": "current-password", "New password": "new-password"}),
        ("delete", {"Current password": "current-password"}),
    ],
)
def test_every_field_has_its_label_and_tells_what_belongs_into_it(visitor, ada, state, tokens):
    STATES[state](visitor)
    fields = visitor.page.locator("input:not([type=hidden], [type=checkbox], .unseen)")

    expect(fields).to_have_count(len(tokens))
    for label, token in tokens.items():
        expect(visitor.page.get_by_label(label, exact=True)).to_have_attribute("autocomplete", token)
        visitor.page.locator("label", has_text=label).first.click()
        expect(visitor.page.get_by_label(label, exact=True)).to_be_focused()


@pytest.mark.parametrize("state", ["reset", "password"])
def test_password_managers_learn_whose_password_it_is(visitor, ada, state):
    STATES[state](visitor)
    field = visitor.page.locator("form input[autocomplete=username]")

    expect(field).to_have_value("ada")
    assert field.get_attribute("type") != "hidden" and field.get_attribute("tabindex") == "-1"


def test_a_password_is_shown_and_hidden_again(password, show):
    for kind, name, words in [("text", "Hide password", "Hide"), ("password", "Show password", "Show")]:
        show.click()
        expect(password).to_have_attribute("type", kind)
        expect(show).to_have_accessible_name(name)
        expect(show).to_have_text(words)


def test_a_shown_password_is_hidden_before_it_is_sent(visitor, password, show):
    show.click()
    visitor.page.evaluate("addEventListener('submit', (event) => event.preventDefault())")
    visitor.page.get_by_role("button", name="Sign in", exact=True).click()

    expect(password).to_have_attribute("type", "password")
    expect(show).to_have_accessible_name("Show password")


def test_a_form_is_sent_once(visitor, password):
    visitor.page.evaluate(COUNT)
    for _ in range(3):
        password.press("Enter")

    assert visitor.page.evaluate("sent") == 1
    expect(visitor.page.get_by_role("button", name="Sign in", exact=True)).to_have_attribute("aria-disabled", "true")


def test_caps_lock_is_told(visitor, password):
    hint = visitor.page.locator("#password-caps")
    expect(hint).to_be_hidden()
    password.focus()
    for on, words in [(True, "Caps lock is on."), (False, "")]:
        visitor.page.evaluate(CAPS, on)
        expect(hint).to_have_text(words)


def test_the_hint_goes_with_the_focus(visitor, password):
    password.focus()
    visitor.page.evaluate(CAPS, True)
    visitor.page.keyboard.press("Tab")

    expect(visitor.page.locator("#password-caps")).to_be_hidden()


@pytest.mark.parametrize("state", ["login", "register", "reset"])
def test_a_password_may_be_pasted(visitor, ada, state):
    visitor.go("/register").fill({"Username": "staple by the window"})
    for key in ("Control+a", "Control+c"):
        visitor.page.get_by_label("Username").press(key)
    STATES[state](visitor)

    field = visitor.page.locator("input[type=password]")
    field.press("Control+v")
    expect(field).to_have_value("staple by the window")


def test_a_script_of_others_is_refused_and_noticed(visitor):
    visitor.go("/login").page.evaluate(INLINE)

    assert visitor.page.evaluate("window.here") is None
    (complaint,) = visitor.complaints
    assert "Content Security Policy" in complaint
    visitor.complaints.clear()


@pytest.fixture
def password(visitor):
    return visitor.go("/login").page.get_by_label("Password", exact=True)


@pytest.fixture
def show(visitor):
    return visitor.page.locator("[data-shows=password]")


@pytest.mark.parametrize(
    ("password", "told"), [("password1", "tried first"), ("a lantern in the harbour", "Very good.")]
)
def test_a_new_password_is_rated_while_it_is_typed(visitor, password, told):
    visitor.go("/register").fill({"Username": "grace", "Password": password})

    expect(visitor.page.get_by_role("status").filter(has_text=told)).to_be_visible()
    meter = visitor.page.get_by_label("Strength of the password")
    assert (meter.evaluate("one => one.value") == 4) == (told == "Very good.")
