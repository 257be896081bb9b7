"""What lies on the phone's disk and in its caches can be read by whoever finds it: no person's data may be there."""

from tests.factories import invented
from tests.faults.proxy import PASS, REFUSE

CANARY_NAME = "Kanari Zyxwvut Qqqplm"
CANARY_MOTHER = "Ibunda Wqxzyv"


def canaries(person) -> list[str]:
    return [
        person.nik,
        " ".join(person.nik[i : i + 4] for i in range(0, 16, 4)),
        CANARY_NAME,
        CANARY_MOTHER,
        person.phone,
        "62" + person.phone[1:],
    ]


def residue(profile, words_sought) -> list[str]:
    """Where any of the words lies, in UTF-8 or UTF-16, in any file of the browser's profile."""
    sought = {word: [word.encode(), word.encode("utf-16-le")] for word in words_sought}
    found = []
    for path in profile.rglob("*"):
        if path.is_file() and not path.is_symlink():
            data = path.read_bytes()
            found += [
                f"{word!r} in {path.relative_to(profile)}"
                for word, forms in sought.items()
                if any(form in data for form in forms)
            ]
    return found


def test_nothing_of_a_worker_lies_on_the_disk(phone, line, stored, id_card):
    person = invented(51, name=CANARY_NAME, mother_name=CANARY_MOTHER)
    phone.get_ready("sari")
    line.set(REFUSE)
    phone.open_form()
    phone.fill_form(person)
    phone.take_photo(id_card)
    phone.save()
    phone.receipt()
    phone.day()
    phone.close()
    assert residue(phone.profile, canaries(person)) == []

    line.set(PASS)
    phone.start()
    phone.day()
    phone.wait_for_counts(waiting=0, sent=1)
    phone.close()
    assert residue(phone.profile, canaries(person)) == []


def test_nothing_of_a_half_filled_form_lies_on_the_disk(phone, line):
    person = invented(52, name=CANARY_NAME, mother_name=CANARY_MOTHER)
    phone.get_ready("sari")
    line.set(REFUSE)
    phone.open_form()
    phone.fill_form(person)
    phone.close()  # not killed: what the browser means to write later is written when it ends
    assert residue(phone.profile, canaries(person)) == []


def test_the_search_would_find_it(phone):
    """The control: what a careless app does is seen."""
    phone.open("/sign-in")
    phone.page.evaluate("(name) => localStorage.setItem('draft', name)", CANARY_NAME)
    phone.page.evaluate("(name) => caches.open('x').then((c) => c.put('/x', new Response(name)))", CANARY_MOTHER)
    phone.close()
    found = " ".join(residue(phone.profile, [CANARY_NAME, CANARY_MOTHER]))
    assert CANARY_NAME in found
    assert CANARY_MOTHER in found


def test_signing_out_leaves_the_sealed_outbox_and_no_page(phone, line, stored):
    person = invented(53, name=CANARY_NAME)
    phone.get_ready("sari")
    code = phone.register(person)
    phone.day()
    phone.wait_for_counts(waiting=0, sent=1)
    line.set(REFUSE)
    waiting = phone.register(invented(54))
    line.set(PASS, only="/")
    phone.open("/register?x=1")  # the network's page with the list of the day
    phone.sign_out()
    line.set(REFUSE)
    phone.open("/register")
    phone.page.wait_for_timeout(500)
    body = phone.page.locator("body").inner_text()
    assert code not in body
    assert waiting not in body
    assert len(phone.outbox()) >= 1, "the sealed outbox stays"
    kept = phone.page.evaluate(
        """async () => {
          const pages = [];
          for (const name of await caches.keys()) for (const request of await (await caches.open(name)).keys()) pages.push(new URL(request.url).pathname);
          return [pages, JSON.stringify(localStorage), JSON.stringify(sessionStorage)];
        }"""
    )
    assert all(path.startswith(("/static/", "/offline/", "/rules.json")) for path in kept[0]), kept[0]
    assert kept[1:] == ["{}", "{}"]
    phone.line_says("never")
