"""The eyes of `looks` see what they are there for."""

from tests.journeys.looks import axe_violations, sideways_scroll, small_targets

BAD = """<!doctype html><html lang="id"><head><title>Uji</title><meta name="viewport" content="width=device-width"></head>
<body><main><h1>Uji</h1><div style="width:900px;height:5px"></div><img src="data:,"><p style="color:#ccc">Pucat</p>
<button style="width:30px;height:30px">x</button><p>Kalimat dengan <a href="#a">tautan</a> di dalamnya.</p>
<label style="display:block;padding:14px">Centang <input type="checkbox"></label></main></body></html>"""


def test_they_see(phone):
    phone.page.set_content(BAD)
    violations = " ".join(axe_violations(phone.page))
    assert "image-alt" in violations
    assert "color-contrast" in violations
    assert "900" in sideways_scroll(phone.page) or "px wide" in sideways_scroll(phone.page)
    (small,) = small_targets(phone.page)
    assert small.startswith("30x30")
