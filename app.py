"""The door for WSGI servers and for `flask --app app`."""

from sbt_pwa import create_app

app = create_app()
