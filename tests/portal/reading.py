"""A page as a strict reader sees it: its text, headings, links and faults."""

from html.parser import HTMLParser

INLINE = frozenset({"a", "b", "span"})
VOID = frozenset({"meta", "link", "input", "br"})


class Page(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.lang = ""
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loads: list[str] = []  # what a browser fetches with the page
        self.labels: set[str] = set()
        self.fields: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self._texts: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open, f"never closed: {self._open}"

    @property
    def text(self) -> str:
        return " ".join("".join(self._texts).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.add(tag)
        self.attributes.update(given)
        self._texts.append("" if tag in INLINE else " ")
        if tag not in VOID:
            self._open.append(tag)
        if tag == "html":
            self.lang = given["lang"]
        if tag[0] == "h" and tag[1:].isdigit():
            self.headings.append(int(tag[1:]))
        if "id" in given:
            self.ids.append(given["id"])
        if tag in ("a", "form"):
            self.links += [given[name] for name in ("href", "action") if name in given]
        if "src" in given or tag == "link":
            self.loads.append(given.get("src") or given["href"])
        if tag == "label":
            self.labels.add(given["for"])
        if tag in ("input", "select"):
            self.fields.append(given["id"])

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag
        self._texts.append("" if tag in INLINE else " ")

    def handle_data(self, data: str) -> None:
        self._texts.append(data)


def check(page: Page) -> None:
    """What holds for every page of ours."""
    assert page.lang == "sw"
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    for before, after in zip(page.headings, page.headings[1:], strict=False):
        assert after <= before + 1, f"h{before} is followed by h{after}"
    assert len(page.ids) == len(set(page.ids))
    assert set(page.fields) <= page.labels
    assert not page.tags & {"script", "style", "iframe", "img"}
    assert not {name for name in page.attributes if name == "style" or name.startswith("on")}
    assert all(address.startswith("/") for address in page.loads)
    for link in page.links:
        assert link.startswith(("/", "#", "tel:", "sms:", "mailto:")), link
