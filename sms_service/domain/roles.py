"""Who may do what at the operator's desk. Pages and programs ask for an ability, never a role."""

from collections.abc import Iterable, Mapping
from enum import StrEnum


class Role(StrEnum):
    OPERATOR = "operator"
    """Answers callers: اپراتور."""
    SUPERVISOR = "supervisor"
    """Answers for operators, and for what goes out in numbers: سرپرست."""
    ADMIN = "admin"
    """Keeps the system running: مدیر سامانه."""
    AUDITOR = "auditor"
    """Reads the agreement's report and the audit log, and changes nothing but a month that
    is frozen: حسابرس."""


class Ability(StrEnum):
    """What someone may be allowed to do; the names are stored with audit entries."""

    OVERVIEW = "overview"
    """How the service does now."""
    FIND = "find"
    """Requests, subscribers and bills, phones and texts masked."""
    REVEAL = "reveal"
    """A phone and the words of a text in full, each look written down."""
    RESEND = "resend"
    """An answer again, to the phone that asked, from today's data."""
    RESEND_OTHERWISE = "resend_otherwise"
    """To another phone, or the old words, with a reason."""
    COUNTER = "counter"
    """Ask on behalf of a subscriber."""
    BULK = "bulk"
    """Send many again, pause that, stop it."""
    EXPORT = "export"
    """Take a list out of the system."""
    IMPORT = "import"
    """Bring billing data in, and take them back."""
    AGREEMENT = "agreement"
    """The agreement's report and its events."""
    FORCE_MAJEURE = "force_majeure"
    """Mark a time as one that nobody answers for, with a reason."""
    FREEZE = "freeze"
    """Close a month's report."""
    TERMS = "terms"
    """The agreements themselves: their days and targets."""
    WATCH = "watch"
    """Gateways, queues, data, texts and menus, as they are."""
    OPERATE = "operate"
    """Pause a lane, take up dead letters again."""
    PEOPLE = "people"
    """Users, their roles, their second factors, tokens of programs."""
    AUDIT = "audit"
    """Who did what."""


_OPERATOR = frozenset(
    {
        Ability.OVERVIEW,
        Ability.FIND,
        Ability.REVEAL,
        Ability.RESEND,
        Ability.COUNTER,
        Ability.EXPORT,
        Ability.AGREEMENT,
        Ability.WATCH,
    }
)
_SUPERVISOR = _OPERATOR | {
    Ability.RESEND_OTHERWISE,
    Ability.BULK,
    Ability.IMPORT,
    Ability.FORCE_MAJEURE,
}
ABILITIES: Mapping[Role, frozenset[Ability]] = {
    Role.OPERATOR: _OPERATOR,
    Role.SUPERVISOR: _SUPERVISOR,
    Role.ADMIN: _SUPERVISOR | {Ability.TERMS, Ability.OPERATE, Ability.PEOPLE, Ability.AUDIT},
    Role.AUDITOR: frozenset(
        {
            Ability.OVERVIEW,
            Ability.EXPORT,
            Ability.AGREEMENT,
            Ability.FREEZE,
            Ability.WATCH,
            Ability.AUDIT,
        }
    ),
}


def abilities(roles: Iterable[Role]) -> frozenset[Ability]:
    """All that someone with these roles may do."""
    return frozenset().union(*(ABILITIES[role] for role in roles))


class Scope(StrEnum):
    """What a program may do with its token."""

    READ = "requests:read"
    ASK = "requests:write"
    RESEND = "requests:resend"
    RESEND_OTHERWISE = "requests:resend-otherwise"


SCOPES: Mapping[Scope, frozenset[Ability]] = {
    Scope.READ: frozenset({Ability.FIND}),
    Scope.ASK: frozenset({Ability.COUNTER}),
    Scope.RESEND: frozenset({Ability.RESEND}),
    Scope.RESEND_OTHERWISE: frozenset({Ability.RESEND, Ability.RESEND_OTHERWISE}),
}
