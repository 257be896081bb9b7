"""The strict visitor is strict: each kind of bad page is found, and a good one passes."""

import pytest

from tests.page_check import BadPage, check_fragment, check_headers, check_page

GOOD = """<!doctype html>
<html lang="id"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Masuk</title></head>
<body><h1>Masuk</h1><a href="#form">Ke formulir</a>
<form id="form" method="post" action="/sign-in"><input type="hidden" name="csrf_token" value="x">
<label for="name">Nama</label><input id="name" name="username" aria-describedby="hint"><p id="hint">Nama akun.</p>
<label><input type="checkbox" name="stay"> Tetap masuk</label>
<fieldset><legend>Jenis</legend><label><input type="radio" name="kind"> A</label></fieldset>
<button>Masuk</button></form>
<template><p id="name">Kata</p></template>
<a href="https://wa.me/?text=kode">WhatsApp</a></body></html>"""

BAD = {
    "unclosed element": ("<h1>Masuk</h1>", "<h1>Masuk<h2></h1>"),
    "attribute twice": ('<form id="form"', '<form id="form" id="form"'),
    "no doctype": ("<!doctype html>\n", ""),
    "no lang": (' lang="id"', ""),
    "no title": ("<title>Masuk</title>", "<title></title>"),
    "no viewport": ('<meta name="viewport" content="width=device-width">', ""),
    "no h1": ("<h1>Masuk</h1>", ""),
    "two h1": ("<h1>Masuk</h1>", "<h1>Masuk</h1><h1>Lagi</h1>"),
    "id twice": ('<p id="hint">', '<p id="hint"></p><p id="hint">'),
    "link to nowhere": ('href="#form"', 'href="#formm"'),
    "hint that is missing": ('id="hint"', 'id="hnt"'),
    "field without label": ('<label for="name">Nama</label>', ""),
    "empty label": ('<label for="name">Nama</label>', '<label for="name"></label>'),
    "button without words": ("<button>Masuk</button>", "<button></button>"),
    "link without words": ('<a href="#form">Ke formulir</a>', '<a href="#form"></a>'),
    "picture without alt": ("<h1>", '<img src="/a.png"><h1>'),
    "form without token": ('<input type="hidden" name="csrf_token" value="x">', ""),
    "form with an empty token": ('value="x"', 'value=""'),
    "inline style": ("<h1>", '<h1 style="color:red">'),
    "style element": ("</head>", "<style>h1{}</style></head>"),
    "inline script": ("</body>", "<script>go()</script></body>"),
    "event attribute": ("<h1>", '<h1 onclick="go()">'),
    "htmx event attribute": ("<h1>", '<h1 hx-on:click="go()">'),
    "script address": ('href="#form"', 'href="javascript:go()"'),
    "foreign script": ("</body>", '<script src="https://cdn.example/x.js"></script></body>'),
    "foreign script without scheme": ("</body>", '<script src="//cdn.example/x.js"></script></body>'),
    "foreign picture": ("<h1>", '<img alt="" src="https://cdn.example/x.png"><h1>'),
    "foreign link": ("https://wa.me/", "https://elsewhere.example/"),
    "form to elsewhere": ('action="/sign-in"', 'action="https://elsewhere.example/"'),
}


def test_a_good_page_passes():
    check_page(GOOD, "/sign-in")


@pytest.mark.parametrize("name", BAD)
def test_finds(name):
    good, bad = BAD[name]
    assert good in GOOD
    with pytest.raises(BadPage):
        check_page(GOOD.replace(good, bad, 1), "/sign-in")


def test_a_page_kept_by_phones_needs_no_token():
    check_page(GOOD.replace('<input type="hidden" name="csrf_token" value="x">', ""), "/offline/form")


@pytest.mark.parametrize("html", ['<div id="rows"><p>Satu</p></div>', '<tbody id="rows"><tr><td>Satu</td></tr></tbody>'])
def test_a_fragment_with_one_named_root_passes(html):
    check_fragment(html, "/approve/rows")


@pytest.mark.parametrize("html", ["<div><p>Satu</p></div>", '<p id="a">A</p><p id="b">B</p>', "Satu"])
def test_finds_a_fragment_without_one_named_root(html):
    with pytest.raises(BadPage):
        check_fragment(html, "/approve/rows")


def test_finds_a_weakened_policy():
    with pytest.raises(BadPage):
        check_headers({"Content-Security-Policy": "script-src 'self' 'unsafe-inline'"}, "/")
