"""What browser tests and the screenshots do in the same way: sign in, choose a language, open a page and wait until it stands."""

from __future__ import annotations

from typing import Any

from product import Product

PAGES = (
    "/",
    "/setup",
    "/setup/pair",
    "/presets",
    "/connections",
    "/connections/new",
    "/masters",
    "/schedules",
    "/schedules/partner",
    "/syncs",
    "/runs",
    "/partners",
    "/inbox",
    "/inbox?state=standing",
    "/reconciliations",
    "/users",
    "/audit",
    "/system",
    "/workspace",
    "/me",
)


def sign_in(page: Any, product: Product, language: str) -> None:
    """A signed-in browser in that language, by the API; the sign-in page has a test of its own."""
    page.add_init_script(f"localStorage.setItem('choai.language', '{language}')")
    page.request.get(f"{product.url}/api/session")
    call(page, product, "POST", "/session", {"email": product.told["email"], "password": product.told["password"]})
    call(page, product, "PATCH", "/me", {"language": language})


def call(page: Any, product: Product, method: str, path: str, body: Any = None) -> Any:
    """The API with the browser's own cookies."""
    cookies = {c["name"]: c["value"] for c in page.context.cookies(product.url)}
    headers = {"X-CSRFToken": cookies.get("csrftoken", "")}
    reply = page.request.fetch(f"{product.url}/api{path}", method=method, data=body, headers=headers)
    assert reply.ok, f"{method} {path}: {reply.status} {reply.text()[:300]}"
    return reply.json()


def settle(page: Any) -> None:
    """Wait until the page has its title, no skeleton is left and nothing moves."""
    page.wait_for_selector("h1")
    page.wait_for_load_state("domcontentloaded")
    page.wait_for_function("() => !document.querySelector('.mantine-Skeleton-root, [aria-busy=true]')")
    page.evaluate("() => document.fonts.ready.then(() => true)")
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))")


def open_page(page: Any, product: Product, path: str) -> None:
    page.goto(f"{product.url}{path}")
    settle(page)


def pages_with_ids(page: Any, product: Product) -> tuple[str, ...]:
    """Every address there is, those of single things included."""
    some = {
        "connections": call(page, product, "GET", "/connections")["rows"],
        "syncs": call(page, product, "GET", "/syncs"),
        "runs": call(page, product, "GET", "/runs")["rows"],
    }
    rows = {name: found["rows"] if isinstance(found, dict) else found for name, found in some.items()}
    return (*PAGES, *(f"/{name}/{found[0]['id']}" for name, found in rows.items() if found))
