"""«کاربران»: who works at the desk, for those who look after them."""

import re
from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, request, url_for

from sms_service.console import access
from sms_service.console.people.doors import fresh
from sms_service.console.site import Site, go
from sms_service.domain.roles import Ability, Role
from sms_service.passwords import hashed
from sms_service.service.people import (
    LastAdmin,
    NameTaken,
    NewPerson,
    NoSuchUser,
    Person,
    random_password,
    username_of,
)

_MAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,189}")
Answer = Any


def add_users(desk: Blueprint, site: Site) -> None:
    """Put these pages on the desk."""

    @desk.get("/users")
    @access.needs(Ability.PEOPLE)
    def users() -> str:
        """All users."""
        return site.show("people/users.html", people=site.parts.people.everybody())

    @desk.get("/users/<username>")
    @access.needs(Ability.PEOPLE)
    def user(username: str) -> str:
        """One user, and what can be done."""
        return _page(site, _known(site, username))

    _add_new(desk, site)
    _add_roles(desk, site)
    _add_deeds(desk, site)


def _add_new(desk: Blueprint, site: Site) -> None:
    @desk.get("/new-user")
    @access.needs(Ability.PEOPLE)
    @fresh
    def user_new() -> str:
        """Where a user is made."""
        return site.show("people/new_user.html", errors={}, form={}, chosen=())

    @desk.post("/new-user")
    @access.needs(Ability.PEOPLE)
    @fresh
    def user_create() -> Answer:
        """A new user, with a password that is shown this once."""
        form = {name: request.form.get(name, "").strip() for name in ("username", "name", "email")}
        chosen = _chosen_roles()
        errors = _errors(site, form, chosen)
        password = random_password()
        if not errors:
            try:
                site.parts.people.create(_new(form, chosen, password), access.actor())
            except NameTaken:
                errors["username"] = site.say("people.name_taken")
        if errors:
            facts = {"errors": errors, "form": form, "chosen": chosen}
            return site.show("people/new_user.html", **facts), 400
        username = form["username"].lower()
        return site.show("people/password_once.html", username=username, password=password)


def _add_roles(desk: Blueprint, site: Site) -> None:
    @desk.post("/users/<username>/roles")
    @access.needs(Ability.PEOPLE)
    @fresh
    def user_roles(username: str) -> Answer:
        """Other roles, from the next click on: the user is signed out."""
        person, wanted = _known(site, username), _chosen_roles()
        if username == access.actor().name and Role.ADMIN not in wanted:
            return _refusal(site, person, "own_role")
        try:
            site.parts.people.set_roles(username, wanted, access.actor())
        except LastAdmin:
            return _refusal(site, person, "last_admin")
        return _done(site, username, "roles_set")

    @desk.post("/users/<username>/deactivate")
    @access.needs(Ability.PEOPLE)
    @fresh
    def user_deactivate(username: str) -> Answer:
        """Out, at once."""
        person = _known(site, username)
        if username == access.actor().name:
            return _refusal(site, person, "own_name")
        try:
            site.parts.people.deactivate(username, access.actor())
        except LastAdmin:
            return _refusal(site, person, "last_admin")
        return _done(site, username, "deactivated")


def _add_deeds(desk: Blueprint, site: Site) -> None:
    people = site.parts.people

    @desk.post("/users/<username>/activate")
    @access.needs(Ability.PEOPLE)
    @fresh
    def user_activate(username: str) -> Answer:
        """In again, from behind a lock, too."""
        return _do(site, username, people.activate, "activated")

    @desk.post("/users/<username>/second-factor")
    @access.needs(Ability.PEOPLE)
    @fresh
    def user_reset_second_factor(username: str) -> Answer:
        """The phone is lost: the user sets up another."""
        if username == access.actor().name:
            return _refusal(site, _known(site, username), "own_factor")
        return _do(site, username, people.reset_second_factor, "factor_reset")

    @desk.post("/users/<username>/sessions")
    @access.needs(Ability.PEOPLE)
    @fresh
    def user_end_sessions(username: str) -> Answer:
        """Signed out everywhere."""
        return _do(site, username, people.end_sessions, "sessions_ended")

    @desk.post("/users/<username>/password")
    @access.needs(Ability.PEOPLE)
    @fresh
    def user_reset_password(username: str) -> Answer:
        """A new password that is shown this once."""
        person = _known(site, username)
        if username == access.actor().name:
            return _refusal(site, person, "own_password")
        password = random_password()
        people.reset_password(username, hashed(password), access.actor())
        return site.show("people/password_once.html", username=username, password=password)


def _do(site: Site, username: str, deed: Callable[..., None], told: str) -> Answer:
    try:
        deed(username, access.actor())
    except NoSuchUser:
        abort(404)
    return _done(site, username, told)


def _done(site: Site, username: str, told: str) -> Answer:
    site.tell(f"people.{told}", username=username)
    return go(url_for("console.user", username=username))


def _known(site: Site, username: str) -> Person:
    found = site.parts.people.find(username)
    if found is None:
        abort(404)
    return found


def _page(site: Site, person: Person, error: str | None = None) -> str:
    sessions = site.parts.sessions.of_user(person.id)
    return site.show("people/user.html", person=person, sessions=sessions, error=error)


def _refusal(site: Site, person: Person, why: str) -> Answer:
    return _page(site, person, error=site.say(f"people.{why}")), 400


def _chosen_roles() -> frozenset[Role]:
    return frozenset(role for role in Role if role in request.form.getlist("roles"))


def _errors(site: Site, form: dict[str, str], chosen: frozenset[Role]) -> dict[str, str]:
    """What is wrong with the form, by field."""
    wrong = {
        "username": username_of(form["username"]) is None,
        "name": len(form["name"]) > 80 or not form["name"].isprintable(),
        "email": bool(form["email"]) and not _MAIL.fullmatch(form["email"]),
        "roles": not chosen,
    }
    return {field: site.say(f"people.bad_{field}") for field, is_so in wrong.items() if is_so}


def _new(form: dict[str, str], chosen: frozenset[Role], password: str) -> NewPerson:
    return NewPerson(
        form["username"].lower(),
        chosen,
        hashed(password),
        name=form["name"],
        email=form["email"].lower() or None,
    )
