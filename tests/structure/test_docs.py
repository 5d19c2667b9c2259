"""What the documentation says is still so."""

import ast
import importlib
import importlib.util
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import click
import pytest

from sms_service.cli import app
from sms_service.domain.states import InboundState, OutboundState
from sms_service.language.reading import Problem, Script
from sms_service.queueing import LANES, make_celery
from sms_service.settings import Settings, load_settings

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
README = (ROOT / "README.md").read_text(encoding="utf-8")
INDEX = (ROOT / "docs/README.md").read_text(encoding="utf-8")
SETTINGS = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
VERBS = (ROOT / "docs/reference/cli.md").read_text(encoding="utf-8")
LINK = re.compile(r"(?:\]\(|src=\")([^)\s\"]+)")
MACHINE_PATH = re.compile(r"(?<![\w.:/<>-])/(?:home|root|tmp|work|mnt|Users)/\S*")
COMMAND = re.compile(r"sms-service ([a-z]+)(?: ([a-z]+(?:-[a-z]+)*))?")

EXPLAINED_BY_THEIR_NAME = {
    "beat_schedule",
    "broker_transport_options",
    "broker_url",
    "deprecated_settings",
    "timezone",
    "worker_concurrency",
}


def each_page(*pages: Path) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("page", pages or PAGES, ids=lambda page: page.name)


@pytest.fixture(scope="module")
def settings_table() -> ModuleType:
    """The script that writes the tables of settings."""
    spec = importlib.util.spec_from_file_location("settings_table", ROOT / "docs/settings_table.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def scripts() -> Iterator[Callable[[str], ModuleType]]:
    """Imports scripts of docs/, which import what lies beside them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "docs"))
        yield importlib.import_module


@pytest.fixture(scope="module")
def gallery(scripts: Callable[[str], ModuleType]) -> ModuleType:
    return scripts("gallery")


def test_the_settings_tables_are_those_of_the_model(settings_table: ModuleType) -> None:
    assert settings_table.renewed(SETTINGS) == SETTINGS, "run: python docs/settings_table.py"


def test_every_setting_is_in_the_tables() -> None:
    shown = re.findall(r"^\| `([A-Z_]+)` \|", SETTINGS, flags=re.MULTILINE)
    assert sorted(shown) == sorted(name.upper() for name in Settings.model_fields)


@each_page()
def test_every_link_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = [link for link in LINK.findall(text) if not link.startswith(("http://", "https://"))]
    broken = [link for link in links if not _leads_somewhere(page, link)]
    assert broken == []


def test_the_index_leads_to_every_page() -> None:
    docs = ROOT / "docs"
    pages = {page.relative_to(docs).as_posix() for page in docs.glob("*/*.md")}
    assert pages
    assert pages - set(LINK.findall(INDEX)) == set()


def test_every_picture_is_shown_somewhere() -> None:
    said = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    unseen = [path.name for path in ROOT.glob("docs/images/*") if f"images/{path.name}" not in said]
    assert unseen == []


@each_page()
def test_no_page_names_a_path_of_a_machine(page: Path) -> None:
    assert MACHINE_PATH.findall(page.read_text(encoding="utf-8")) == []


@each_page()
def test_every_command_of_the_pages_exists(page: Path) -> None:
    named = set(COMMAND.findall(page.read_text(encoding="utf-8")))
    assert {words for words in named if not _exists(*words)} == set()


def test_the_page_of_the_command_line_names_every_verb() -> None:
    named = {verb for verb, _ in COMMAND.findall(VERBS)}
    assert named == set(app.list_commands(click.Context(app)))


@each_page()
def test_every_make_target_of_the_pages_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    named = set(re.findall(r"`make ([a-z]+)", page.read_text(encoding="utf-8")))
    assert named - targets == set()


def test_the_readmes_example_is_a_question_of_the_demo() -> None:
    written = (ROOT / "sms_service/simulator/data/questions.toml").read_text(encoding="utf-8")
    questions = {one["text"]: one["answer"] for one in tomllib.loads(written)["question"]}
    asked = re.search(r"```\n(.+)\n```", README)
    answered = re.search(r"<pre>\n(.+?)</pre>", README, flags=re.DOTALL)
    assert asked
    assert answered
    assert [part for part in questions[asked[1]] if part not in answered[1]] == []


def test_the_gallery_shows_what_the_service_answers(gallery: ModuleType) -> None:
    page = (ROOT / "docs/reference/gallery.md").read_text(encoding="utf-8")
    # compared outside the assertion: pytest takes long to show how two pages differ
    is_renewed = gallery.page() == page
    assert is_renewed, "run: python docs/gallery.py"


def test_the_reading_test_holds_what_the_service_answers(
    scripts: Callable[[str], ModuleType],
) -> None:
    page = (ROOT / "docs/reference/reading-test.html").read_text(encoding="utf-8")
    is_renewed = scripts("reading_test").page() == page
    assert is_renewed, "run: python docs/reading_test.py"


def test_the_gallery_shows_every_sentence_in_both_letters(gallery: ModuleType) -> None:
    shown = gallery.Gallery()
    shown.page()
    untold = {script.value: sorted(shown.untold(script)) for script in Script}
    assert untold == {script.value: [] for script in Script}


def test_the_gallery_shows_every_rung_and_every_problem() -> None:
    page = (ROOT / "docs/reference/gallery.md").read_text(encoding="utf-8")
    rungs = _rungs()
    assert {"rows_with_days", "several_debts", "bill_without_bands", "next_row"} <= rungs
    assert sorted(name for name in {*rungs, *Problem} if f" · `{name}`" not in page) == []


def test_the_tree_of_the_readme_is_the_tree() -> None:
    tree = README.partition("## The tree")[2].split("```")[1]
    inside = re.findall(r"^  ([a-z_]+)(/|\.py) ", tree, flags=re.MULTILINE)
    missing = [a + b for a, b in inside if not (ROOT / "sms_service" / (a + b)).exists()]
    packages = {path.parent.name for path in ROOT.glob("sms_service/*/__init__.py")}
    assert missing == []
    assert {name for name, kind in inside if kind == "/"} == packages


@pytest.mark.parametrize(
    "broker",
    [
        "redis://127.0.0.1/0",
        "sentinels://:password@a,b/0?master=bargh",
        "amqps://user:password@host//",
    ],
)
def test_the_doorbell_page_gives_a_reason_for_each_choice_of_celerys(broker: str) -> None:
    page = (ROOT / "docs/explanation/doorbell.md").read_text(encoding="utf-8")
    settings = load_settings({"CELERY_BROKER_URL": broker})
    chosen = make_celery(settings).conf.table(with_defaults=False)
    names = {*chosen, *chosen["broker_transport_options"]} - EXPLAINED_BY_THEIR_NAME
    assert sorted(name for name in names if f"`{name}`" not in page) == []
    assert [lane.queue for lane in LANES.values() if f"`{lane.queue}`" not in page] == []


def test_the_doorbell_page_names_every_lane() -> None:
    page = (ROOT / "docs/explanation/doorbell.md").read_text(encoding="utf-8")
    assert [name for name in LANES if name not in page] == []


def test_the_states_page_names_every_state() -> None:
    page = (ROOT / "docs/reference/states.md").read_text(encoding="utf-8")
    states = [*InboundState, *OutboundState]
    assert [state for state in states if f"`{state}`" not in page] == []


def _rungs() -> set[str]:
    """Names of all renderings: what the language passes to any parameter named ``rung``."""
    paths = sorted((ROOT / "sms_service/language").glob("*.py"))
    nodes = [node for path in paths for node in ast.walk(ast.parse(path.read_text("utf-8")))]
    places = {
        node.name: names.index("rung")
        for node in nodes
        if isinstance(node, ast.ClassDef | ast.FunctionDef)
        and "rung" in (names := _parameters(node))
    }
    given: list[ast.AST] = []
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            place = places.get(node.func.id)
            if place is not None:
                given += [key.value for key in node.keywords if key.arg == "rung"]
                given += node.args[place : place + 1]
        elif isinstance(node, ast.For) and getattr(node.target, "id", "") == "rung":
            given.append(node.iter)
    return {name for value in given for name in _strings(value)}


def _parameters(node: ast.ClassDef | ast.FunctionDef) -> list[str]:
    """Names of a function's parameters, or of a dataclass's fields."""
    if isinstance(node, ast.FunctionDef):
        return [argument.arg for argument in node.args.args]
    fields = [line.target for line in node.body if isinstance(line, ast.AnnAssign)]
    return [field.id for field in fields if isinstance(field, ast.Name)]


def _strings(value: ast.AST) -> Iterator[str]:
    """Strings that an expression may be; not those that it only compares."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    elif isinstance(value, ast.IfExp):
        yield from _strings(value.body)
        yield from _strings(value.orelse)
    elif isinstance(value, ast.Tuple):
        for one in value.elts:
            yield from _strings(one)


def _leads_somewhere(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = page.parent / path if path else page
    if not target.exists():
        return False
    return not anchor or anchor in _anchors(target.read_text(encoding="utf-8"))


def _anchors(text: str) -> Iterator[str]:
    for heading in re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE):
        yield re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def _exists(verb: str, word: str) -> bool:
    command = app.get_command(click.Context(app), verb)
    if not isinstance(command, click.Group):
        return command is not None
    return not word or word in command.commands
