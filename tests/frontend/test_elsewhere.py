"""The app on another origin than the API: with the cookie that no script can read, and with a refresh token."""


def test_whoever_signs_in_from_another_origin_stays_and_leaves(browse, ada, place):
    guest = browse(base_url=place).sign_in()
    guest.page.reload()
    guest.sees("Hello, ada", "dashboard").follow("Account").sees("Profile", "account")

    guest.press("Sign out").sees("Sign in", "login")
    guest.page.reload()
    guest.sees("Sign in", "login")


def test_a_second_tab_on_another_origin_is_signed_in_too(browse, ada, place):
    guest = browse(base_url=place).sign_in()
    other = guest.another_tab().go("/account/history").sees("What happened to your account")

    other.press("Sign out")
    guest.sees("Sign in", "login")
