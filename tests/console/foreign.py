"""Builds a shop as somebody else may have: its own templates, its own styles for everything, its own settings."""

from typing import Final

from flask import Flask, Response, flash, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_wtf import CSRFProtect
from jinja2 import DictLoader

# Like Bootstrap and many a theme: styles for bare elements, and short names for classes.
STYLES: Final = """
html { font-size: 62.5%; }
*, *::before, *::after { box-sizing: border-box; }
body { margin: 0; font: 1.6rem/1.5 Georgia, serif; color: #212529; background: #fff; }
h1, h2, h3 { text-transform: uppercase; color: #b02a37; letter-spacing: 0.2em; }
a { color: #0d6efd; text-decoration: underline dotted; }
a::after { content: " »"; }
p { margin: 0 0 3rem; text-indent: 2em; }
ul { list-style: square; padding-left: 5rem; }
ul li { margin-bottom: 4rem; }
table, td, th { border: 3px solid #dee2e6; background: #fff3cd; padding: 2rem; }
code { color: #d63384; background: yellow; }
button { border-radius: 0; background: #ffc107; text-transform: uppercase; width: 100%; }
form { border: 5px dashed red; padding: 2rem; }
dl { display: grid; grid-template-columns: 20rem 1fr; }
dt { text-align: right; }
summary { list-style: none; }
svg { width: 100%; fill: red; }
.card { border: 0.8rem solid #198754; padding: 4rem; margin: 2rem; display: inline-block; }
.badge { background: #6c757d; color: #fff; font-size: 3rem; }
.button, .btn { background: #dc3545; color: #fff; padding: 1rem 2rem; }
.icon { width: 8rem; }
.notice, .alert { background: #cff4fc; padding: 1rem; }
.container { max-width: 110rem; margin: 0 auto; padding: 0 1.5rem; }
.container main table { width: auto; }
.row { display: flex; gap: 2rem; }
@media (max-width: 700px) { .row { display: block; } }
.sidebar { flex: 0 0 20rem; background: #f8f9fa; padding: 1.5rem; }
"""
BASE: Final = """<!doctype html>
<html lang="de">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>{% block head_title %}Laden{% endblock %} | {{ shop }}</title>
  <link rel="stylesheet" href="/shop.css">
</head>
<body>
<div class="container">
  <h1 class="brand">{{ icon }} {{ shop }}</h1>
  <div class="row">
    <nav class="sidebar"><ul><li><a href="/">Waren</a></li><li>{{ plugins | join(", ") }}</li></ul></nav>
    <main>
      {% for message in get_flashed_messages() %}<div class="alert">{{ message | safe }}</div>{% endfor %}
      {% block body %}{% endblock %}
    </main>
  </div>
</div>
</body>
</html>
"""
GOODS: Final = """{% extends "base.html" %}
{% block body %}
<div class="card" id="goods">
  <h2>Schrauben</h2> <span class="badge">neu</span> <a class="button" href="/buy">Kaufen</a>
</div>
{% endblock %}
"""
POLICY: Final = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'"


def create_shop() -> Flask:
    """Build it, without a console."""
    app = Flask("shop")
    app.secret_key = "k" * 32
    app.config.update(WTF_CSRF_FIELD_NAME="echtheit", WTF_CSRF_HEADERS=["X-Echtheit"])
    app.jinja_loader = DictLoader({"base.html": BASE, "goods.html": GOODS})
    # Names that the console has in its own templates, too.
    app.context_processor(lambda: {"shop": "Müllers Laden", "plugins": ["Regale", "Kasse"], "icon": "⚒"})
    CSRFProtect(app)

    @app.after_request
    def guard(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        return response

    @app.get("/")
    def goods() -> str:
        return render_template("goods.html")

    @app.get("/buy")
    def buy() -> ResponseReturnValue:
        flash("<b>Danke</b>")
        return redirect("/console/plugins")

    @app.get("/favicon.ico")
    def icon() -> ResponseReturnValue:
        return "", 204

    @app.get("/shop.css")
    def styles() -> ResponseReturnValue:
        return STYLES, {"Content-Type": "text/css"}

    return app
