"""The office opens the sums to everybody, and closes them again."""

from tests.words import words


def test_the_office_switches_open_data_on_and_off(dewi, new_visitor):
    anybody = new_visitor()
    anybody.get("/oversee/open", status=404)
    page = dewi.get("/exchange/open-data").see(words("Nobody may see them: they are switched off."))
    page.submit("/exchange/open-data").see(words("Everybody may see them: they are switched on."), "Dewi Sehwaky")
    for path in ("/oversee/open", "/oversee/open.csv", "/oversee/open.json"):
        assert anybody.get(path).status == 200
    dewi.get("/exchange/open-data").submit("/exchange/open-data").see(words("Nobody may see them: they are switched off."))
    anybody.get("/oversee/open", status=404)


def test_switching_twice_leaves_it_as_it_is(dewi):
    for _again in range(2):
        dewi.get("/exchange/open-data")
        dewi.post("/exchange/open-data", {"on": "1"}).see(words("Everybody may see them: they are switched on."))
