"""Goes through the simulator's sign-in page as a browser without scripts does: read the form, press a button."""

from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit


class Page(HTMLParser):
    """The page's first form: where it goes, its hidden fields, its buttons."""

    def __init__(self, html):
        super().__init__()
        self.action, self.fields, self.buttons = None, {}, []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.action = attributes["action"]
        elif tag == "input" and attributes.get("type") == "hidden":
            self.fields[attributes["name"]] = attributes["value"]
        elif tag == "button" and "name" in attributes:
            self.buttons.append((attributes["name"], attributes["value"]))


def press(browser, response, value):
    """Presses the button with this value and returns what the service answers."""
    page = Page(response.text)
    name = next(name for name, candidate in page.buttons if candidate == value)
    form = {**page.fields, name: value}
    return browser.post(urljoin(response.url, page.action), data=form, allow_redirects=False)


def sign_in(browser, address, person):
    """Signs a person in; returns the parameters that come back, by redirect or by a form that posts itself."""
    shown = browser.get(address)
    shown.raise_for_status()
    answer = press(browser, shown, f"{person['tenant_id']}:{person['object_id']}")
    if answer.status_code == 200:
        return Page(answer.text).fields
    assert answer.status_code == 302, answer.text
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))
