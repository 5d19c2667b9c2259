"""People who text: each from a phone of his own, through the webhook, as the gateway would."""

import http.client
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from urllib.parse import urlencode, urlsplit

from sms_service.simulator.household import LINE

_PATIENCE_SECONDS = 20.0
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Text:
    """One text and the one answer that its sender may get."""

    messageid: str
    phone: str
    """As 09…; nobody else's in the whole run."""
    message: str
    answer: str

    @property
    def fields(self) -> dict[str, str]:
        """What the gateway posts."""
        return {
            "messageid": self.messageid,
            "from": self.phone,
            "to": LINE,
            "message": self.message,
        }


@dataclass(frozen=True, slots=True)
class Taken:
    """What the webhook said to one text; ``status`` None: no answer came."""

    text: Text
    status: int | None
    ms: float


def new_text(message: str, answer: str) -> Text:
    """A text from a phone that never asked before, with a messageid never seen before."""
    number = next(_numbers)
    return Text(str(7_000_000_000 + number), f"0990{number:07d}", message, answer)


class Webhook:
    """The web process as the gateway calls it."""

    def __init__(self, url: str, received_path: str, status_path: str) -> None:
        self._address = urlsplit(url).netloc
        self._received_path = received_path
        self._status_path = status_path

    def hand_over(self, texts: Iterable[Text], *, connections: int = 8) -> list[Taken]:
        """Post texts over several connections, each text once; in no particular order."""
        todo, lock, taken = iter(texts), threading.Lock(), list[Taken]()

        def work() -> None:
            with _Line(self._address) as line:
                while text := _next(todo, lock):
                    taken.append(self._post(line, text))

        threads = [threading.Thread(target=work) for _ in range(connections)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return taken

    def hand_over_until_taken(self, texts: Sequence[Text], *, seconds: float) -> list[Taken]:
        """Post, and post again what got no 200, as Kavenegar's inbox lets us."""
        deadline = time.monotonic() + seconds
        said = self.hand_over(texts)
        while missing := _not_taken(texts, said):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(missing)} of {len(texts)} texts weren't taken")
            time.sleep(0.2)
            said += self.hand_over(missing)
        return said

    def tell(self, messageids: Iterable[int], status: int) -> int | None:
        """Tell one delivery status of messages that the gateway sent; the HTTP status."""
        ids = ",".join(str(one) for one in messageids)
        with _Line(self._address) as line:
            return line.post(self._status_path, {"messageid": ids, "status": str(status)})

    def _post(self, line: "_Line", text: Text) -> Taken:
        started = time.perf_counter()
        status = line.post(self._received_path, text.fields)
        return Taken(text, status, (time.perf_counter() - started) * 1000)


class _Line:
    """A kept connection that is made anew after a failure."""

    def __init__(self, address: str) -> None:
        self._connection = http.client.HTTPConnection(address, timeout=_PATIENCE_SECONDS)

    def __enter__(self) -> "_Line":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def post(self, path: str, fields: Mapping[str, str]) -> int | None:
        try:
            self._connection.request("POST", path, urlencode(fields), _FORM)
            response = self._connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            return None
        return response.status


def _next(todo: Iterator[Text], lock: threading.Lock) -> Text | None:
    with lock:
        return next(todo, None)


def _not_taken(texts: Sequence[Text], said: Sequence[Taken]) -> list[Text]:
    taken = {one.text.messageid for one in said if one.status == 200}
    return [text for text in texts if text.messageid not in taken]
