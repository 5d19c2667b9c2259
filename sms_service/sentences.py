"""Whole Persian sentences for what the service decides, for pages and the command line alike."""

from collections.abc import Mapping
from typing import Any

from sms_service.console.filters import Formats
from sms_service.service.explaining import Explanation
from sms_service.service.resending import Refused
from sms_service.words import Words


def sentence_of(explanation: Explanation, words: Mapping[str, Any], states: Words) -> str:
    """The one Persian sentence; ``words``: those of request.toml."""
    wording = words["now"][explanation.name]
    known = explanation.facts
    reason = states.reason(known.get("reason"))
    facts = {
        "why": words["why"].format(reason=reason) if reason else "",
        "gateway": states.reason(known.get("gateway")) or words["any_gateway"],
        "limit": states.reason(known.get("limit")) or "",
        "problem": states.reason(known.get("problem")) or "",
        "first": known.get("first", ""),
    }
    say = wording["say"].format(**facts)
    step = words["do_erased"] if explanation.is_erased else wording.get("do")
    form = words["joined"] if step else words["alone"]
    return str(form.format(say=say, do=step))


def refusal_of(refused: Refused, words: Mapping[str, Any], formats: Formats) -> str:
    """Why nothing is sent and what to do; ``words``: those of resend.toml."""
    return str(
        words["refused"][refused.why].format(
            by=refused.by or words["no_one"],
            when=formats.ago(refused.at),
            first=refused.first_code or "",
            wait=formats.seconds(refused.wait_seconds),
        )
    )
