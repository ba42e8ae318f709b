"""What the tests do to a phone's storage, and what they read in it."""

from typing import Any

from playwright.sync_api import Page

# Remembers every connection to the phone's database, so that it can be ended as the browser does under memory pressure.
WATCH = """(() => {
  const open = IDBFactory.prototype.open
  window.connections = []
  IDBFactory.prototype.open = function (...given) {
    const request = open.apply(this, given)
    request.addEventListener('success', () => window.connections.push(request.result))
    return request
  }
})()"""

CUT = """(says) => {
  for (const connection of window.connections.splice(0)) {
    connection.close()
    if (says) connection.dispatchEvent(new Event('close'))
  }
}"""

READ = """async (table) => {
  const named = (await indexedDB.databases()).map(({ name }) => name).find((name) => name.startsWith('mingcha-'))
  const asked = (request) => new Promise((done, fail) => { request.onsuccess = () => done(request.result); request.onerror = fail })
  const held = await asked(indexedDB.open(named))
  const rows = await asked(held.transaction(table).objectStore(table).getAll())
  held.close()
  return rows.map(({ blob, thumb, ...row }) => row)
}"""


def watch(page: Page) -> None:
    page.add_init_script(WATCH)


def cut(page: Page, *, says: bool) -> None:
    """Closes the database under the app's hands; the browser may tell it so, or not."""
    page.evaluate(CUT, says)


def rows(page: Page, table: str) -> list[dict[str, Any]]:
    return page.evaluate(READ, table)


def on_phone(page: Page) -> set[str]:
    """The ids of the files whose bytes are on the phone; quick copies are none."""
    return {row["id"] for row in rows(page, "blobs") if not row["id"].startswith("quick:")}


def limit(page: Page, origin: str, quota: int | None) -> None:
    """The browser lets the app keep so many bytes, or as many as it likes. Chromium remembers for a while what was free
    before, so the first limit belongs before the first write.
    """
    bound = {"origin": origin} | ({"quotaSize": quota} if quota else {})
    page.context.new_cdp_session(page).send("Storage.overrideQuotaForOrigin", bound)
